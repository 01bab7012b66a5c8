import * as assert from "node:assert/strict";
import type { CheckedResource, PackConfig } from "../../policy/check";
import { checkGraph } from "../../policy/check";
import { policies } from "../../policy/policies";
import { changedTo, one, withResource, withStatement } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { exampleStack, platformStack } from "./support/our-stacks";

const LOGS = "push-notifier-notify-logs";
const RULE = "aws:cloudwatch/eventRule:EventRule";

describe("checkGraph", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("local");
        example = await exampleStack();
    });

    it("finds nothing in our own stacks, by themselves or together", async () => {
        assert.deepEqual(await checkGraph(deployed(platform)), []);
        assert.deepEqual(await checkGraph([...deployed(platform), ...deployed(example)]), []);
    });

    it("says which rule is broken, where, how bad that is, and what to write instead", async () => {
        const broken = changedTo(platform, "LogGroup", LOGS, { retentionInDays: 0 });
        assert.deepEqual(await checkGraph(deployed(broken)), [
            {
                policy: "log-groups-expire",
                severity: "medium",
                enforcementLevel: "remediate",
                urn: one(platform, "LogGroup", LOGS).urn,
                message: "Its entries are kept for ever. Set `retentionInDays`, for example to 30.",
            },
        ]);
    });

    it("knows the tables of one stack in the policies of another", async () => {
        const writes = withStatement(example, "webhook-policy", {
            Action: "dynamodb:PutItem",
            Resource: one(platform, "Table", "push-log-messages").outputs["arn"],
        });
        assert.deepEqual(await rules([...platform, ...writes]), ["only-gateway-writes-its-tables"]);
    });

    it("changes nothing", async () => {
        const broken = deployed(changedTo(platform, "LogGroup", LOGS, { retentionInDays: 0 }));
        const before = JSON.stringify(broken);
        await checkGraph(broken);
        assert.equal(JSON.stringify(broken), before);
    });

    describe("with exemptions", () => {
        const wide = { Action: "dynamodb:DescribeTable", Resource: "*" };
        const exempting = (urn: string, reason: string): PackConfig => ({
            "no-wildcard-resources": { exemptions: [{ urn, reason }] },
        });

        it("leaves alone the resource that is named, and no other", async () => {
            const broken = withStatement(withStatement(example, "webhook-policy", wide), "page-policy", wide);
            const { urn } = one(example, "RolePolicy", "webhook-policy");
            const found = await checkGraph(deployed(broken), exempting(urn, "Reads every team's table."));
            assert.deepEqual(
                found.map((violation) => violation.urn),
                [one(example, "RolePolicy", "page-policy").urn],
            );
        });

        it("takes a pattern", async () => {
            const broken = withStatement(example, "webhook-policy", wide);
            assert.deepEqual(await rules(broken, exempting("*::orders-service::*::webhook-*", "Reads all.")), []);
            assert.deepEqual(await rules(broken, exempting("*::webhook-polic", "Reads every table.")), [
                "no-wildcard-resources",
            ]);
        });

        it("asks for a reason", async () => {
            const broken = withStatement(example, "webhook-policy", wide);
            assert.deepEqual(await rules(broken, exempting("*", " ")), ["no-wildcard-resources"]);
        });

        it("exempts from one rule only", async () => {
            const broken = withStatement(example, "webhook-policy", { ...wide, Action: "dynamodb:*" });
            assert.ok(!(await rules(broken, exempting("*", "Reads every table."))).includes("no-wildcard-resources"));
            assert.ok((await rules(broken, exempting("*", "Reads every table."))).includes("no-wildcard-actions"));
        });

        it("exempts from rules about the whole stack too", async () => {
            const open = changedTo(platform, "Route", "push-websocket-route-connect", { authorizationType: "NONE" });
            const config = { "connect-is-authorized": { exemptions: [{ urn: "*-route-connect", reason: "A demo." }] } };
            assert.deepEqual(await rules(open), ["connect-is-authorized"]);
            assert.deepEqual(await rules(open, config), []);
        });
    });

    describe("with settings", () => {
        /** What a setting is for, a stack on which it matters, and whether it then makes the rule find something. */
        interface Case {
            readonly what: string;
            readonly rule: string;
            readonly make: () => Stack;
            readonly settings: Readonly<Record<string, unknown>>;
            readonly finds: boolean;
        }
        const cases: readonly Case[] = [
            {
                what: "tables that expire by name",
                rule: "expiring-tables-have-ttl",
                make: () => withTable("sessions"),
                settings: { tables: ["sess*"] },
                finds: true,
            },
            {
                what: "tables that expire under another attribute",
                rule: "expiring-tables-have-ttl",
                make: () => platform,
                settings: { attribute: "ttl" },
                finds: true,
            },
            {
                what: "stacks that are production",
                rule: "tables-are-protected",
                make: () => platform,
                settings: { stacks: ["loc*"] },
                finds: true,
            },
            {
                what: "a shorter retention",
                rule: "log-groups-expire",
                make: () => changedTo(platform, "LogGroup", LOGS, { retentionInDays: 7 }),
                settings: { maxRetentionDays: 5 },
                finds: true,
            },
            {
                what: "further verbs on connections",
                rule: "manage-connections-is-scoped",
                make: () => verb("DELETE"),
                settings: { verbs: ["POST", "DELETE"] },
                finds: false,
            },
            {
                what: "buses of one's own",
                rule: "put-events-names-its-source",
                make: () => publishing(),
                settings: { otherBuses: ["arn:*:event-bus/own"] },
                finds: false,
            },
            {
                what: "namespaces that another stack registers",
                rule: "put-events-names-its-source",
                make: () => example.filter(({ name }) => name !== "orders-namespace"),
                settings: { namespaces: ["ord*"] },
                finds: false,
            },
            {
                what: "actions that AWS cannot scope",
                rule: "no-wildcard-resources",
                make: () => unscoped(),
                settings: { unscopedActions: ["kms:Describe*"] },
                finds: false,
            },
            {
                what: "policies that may be attached",
                rule: "attached-policies-are-known",
                make: () => attaching(),
                settings: { policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] },
                finds: false,
            },
            {
                what: "fewer retries of streams",
                rule: "stream-sources-bound-failures",
                make: () => example,
                settings: { maxRetryAttempts: 3 },
                finds: true,
            },
            {
                what: "fewer retries of events",
                rule: "event-targets-have-dead-letters",
                make: () => platform,
                settings: { maxRetryAttempts: 3 },
                finds: true,
            },
            {
                what: "a shorter life of events",
                rule: "event-targets-have-dead-letters",
                make: () => platform,
                settings: { maxEventAgeSeconds: 60 },
                finds: true,
            },
            {
                what: "a lower rate of requests",
                rule: "stages-are-throttled",
                make: () => platform,
                settings: { maxRateLimit: 100 },
                finds: true,
            },
            {
                what: "roles that may invoke the notifier",
                rule: "only-gateway-calls-its-functions",
                make: () => operating("lambda:InvokeFunction", notifierArn()),
                settings: { trustedCallers: ["webhook-role-*"] },
                finds: false,
            },
            {
                what: "roles that may redrive dead letters",
                rule: "only-gateway-uses-its-queues",
                make: () => operating("sqs:ReceiveMessage", queueArn("push-delivery-dead-letters")),
                settings: { trustedCallers: ["arn:aws:iam::123456789012:role/webhook-role-*"] },
                finds: false,
            },
            {
                what: "further functions of a gateway",
                rule: "only-gateway-calls-its-functions",
                make: () => operating("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:210987654321:function:notify"),
                settings: { functions: ["arn:aws:lambda:us-east-1:210987654321:function:notify"] },
                finds: true,
            },
            {
                what: "further queues of a gateway",
                rule: "only-gateway-uses-its-queues",
                make: () => operating("sqs:SendMessage", "arn:aws:sqs:us-east-1:210987654321:deliveries"),
                settings: { queues: ["arn:*:sqs:*:210987654321:deliveries"] },
                finds: true,
            },
            {
                what: "further push buses",
                rule: "only-gateway-listens-on-its-bus",
                make: () => withResource(example, RULE, "spy", { eventBusName: "push" }),
                settings: { buses: ["arn:aws:events:us-east-1:210987654321:event-bus/push"] },
                finds: true,
            },
            {
                what: "types of Cloud Control that no rule is about",
                rule: "resources-are-readable",
                make: () =>
                    withResource(example, "aws:cloudcontrol/resource:Resource", "thing", {
                        typeName: "AWS::IoT::Thing",
                    }),
                settings: { cloudControlTypes: ["AWS::IoT::*"] },
                finds: false,
            },
            {
                what: "roles that may read the registry",
                rule: "only-gateway-reads-its-tables",
                make: () => operating("dynamodb:Query", registryArn()),
                settings: { trustedCallers: ["webhook-role-*"] },
                finds: false,
            },
            {
                what: "further registries and logs",
                rule: "only-gateway-reads-its-tables",
                make: () => operating("dynamodb:Query", "arn:aws:dynamodb:us-east-1:210987654321:table/log"),
                settings: { tables: ["arn:aws:dynamodb:us-east-1:210987654321:table/log"] },
                finds: true,
            },
            {
                what: "further roles of a gateway",
                rule: "only-gateway-has-its-roles",
                make: () => operating("iam:PassRole", "arn:aws:iam::210987654321:role/pushing"),
                settings: { roles: ["arn:aws:iam::210987654321:role/push*"] },
                finds: true,
            },
            {
                what: "further APIs of gateways",
                rule: "only-gateway-changes-its-api",
                make: () => operating("apigateway:PATCH", "arn:aws:apigateway:us-east-1::/apis/zzz"),
                settings: { apis: ["zzz"] },
                finds: true,
            },
            {
                what: "further tables of a gateway",
                rule: "only-gateway-writes-its-tables",
                make: () => writing(),
                settings: { tables: ["arn:aws:dynamodb:us-east-1:210987654321:table/registry"] },
                finds: true,
            },
        ];
        const withTable = (name: string): Stack =>
            withResource(platform, "aws:dynamodb/table:Table", name, {
                serverSideEncryption: { enabled: true },
                pointInTimeRecovery: { enabled: true },
            });
        const verb = (name: string): Stack =>
            withStatement(platform, "push-notifier-notify-policy", {
                Action: "execute-api:ManageConnections",
                Resource: `arn:aws:execute-api:us-east-1:123456789012:a1/v1/${name}/@connections/*`,
            });
        const publishing = (): Stack =>
            withStatement(example, "webhook-policy", {
                Action: "events:PutEvents",
                Resource: "arn:aws:events:us-east-1:123456789012:event-bus/own",
            });
        const unscoped = (): Stack =>
            withStatement(example, "webhook-policy", {
                Action: "kms:DescribeKey",
                Resource: "*",
            });
        const attaching = (): Stack =>
            changedTo(example, "Role", "webhook-role", {
                managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            });
        const writing = (): Stack =>
            withStatement(example, "webhook-policy", {
                Action: "dynamodb:PutItem",
                Resource: "arn:aws:dynamodb:us-east-1:210987654321:table/registry",
            });
        const operating = (action: string, resource: unknown): Stack =>
            withStatement(example, "webhook-policy", {
                Action: action,
                Resource: resource,
            });
        const notifierArn = (): unknown => one(example, "PushGatewayReference", "platform").outputs["notifierArn"];
        const registryArn = (): unknown => one(example, "PushGatewayReference", "platform").outputs["registryTableArn"];
        const queueArn = (name: string): unknown => one(platform, "Queue", name).outputs["arn"];
        for (const { what, rule, make, settings, finds } of cases) {
            it(`knows ${what}`, async () => {
                const stack = make();
                assert.equal((await rules(stack)).includes(rule), !finds);
                assert.equal((await rules(stack, { [rule]: settings })).includes(rule), finds);
            });
        }

        it("and trusts nobody to change a function or a queue", async () => {
            const trust = { trustedCallers: ["*"] };
            const config = { "only-gateway-calls-its-functions": trust, "only-gateway-uses-its-queues": trust };
            assert.deepEqual(await rules(operating("lambda:UpdateFunctionCode", notifierArn()), config), [
                "only-gateway-calls-its-functions",
            ]);
            const setting = operating("sqs:SetQueueAttributes", queueArn("push-delivery-queue"));
            assert.deepEqual(await rules(setting, config), ["only-gateway-uses-its-queues"]);
        });

        it("and refuses those that no rule has, and rules that there are not, with what there is", async () => {
            await assert.rejects(checkGraph([], { "stages-are-throttled": { maxRate: 1 } }), {
                message:
                    "The settings of the policy pack are wrong.\n" +
                    "  `stages-are-throttled` has no setting `maxRate`. " +
                    "It has `maxRateLimit`, `maxBurstLimit`, `exemptions`.",
            });
            await assert.rejects(
                checkGraph([], { "stages-are-throtled": {} }),
                /There is no rule `stages-are-throtled`\. There are .*stages-are-throttled, /,
            );
        });

        it("and trusts a role by its name in the gateway's own account alone, and nobody else of that name", async () => {
            const rule = "only-gateway-calls-its-functions";
            const config = { [rule]: { trustedCallers: ["ops"] } };
            const letting = (principal: string): Stack =>
                withResource(example, "aws:lambda/permission:Permission", "door", {
                    function: notifierArn(),
                    action: "lambda:InvokeFunction",
                    principal,
                });
            assert.deepEqual(await rules(letting("arn:aws:iam::123456789012:role/ops"), config), []);
            for (const principal of [
                "arn:aws:iam::210987654321:role/ops",
                "arn:aws:iam::123456789012:user/ops",
                "arn:aws:sts::123456789012:assumed-role/x/ops",
            ]) {
                assert.deepEqual(await rules(letting(principal), config), [rule], principal);
            }
            const byArn = { [rule]: { trustedCallers: ["arn:aws:iam::210987654321:role/ops"] } };
            assert.deepEqual(await rules(letting("arn:aws:iam::210987654321:role/ops"), byArn), []);
            const everybody = { [rule]: { trustedCallers: ["*"] } };
            assert.deepEqual(await rules(letting("210987654321"), everybody), [rule]);
        });

        it("that the schema documents, with the defaults that the rules have", () => {
            for (const { name, configSchema } of policies) {
                const { exemptions, ...settings } = configSchema?.properties ?? {};
                assert.deepEqual(exemptions?.default, [], name);
                for (const [setting, schema] of Object.entries(settings)) {
                    assert.ok(schema.default !== undefined && schema.description !== undefined, `${name}.${setting}`);
                }
            }
        });
    });

    async function rules(stack: Stack, config: PackConfig = {}): Promise<string[]> {
        return [...new Set((await checkGraph(deployed(stack), config)).map(({ policy }) => policy))];
    }
});

/** The stack as it stands once it is deployed, secrets in the clear. */
function deployed(stack: Stack): readonly CheckedResource[] {
    return stack.map(({ urn, type, name, parent, dependencies, propertyDependencies, protect, outputs, inputs }) => ({
        urn,
        type,
        name,
        parent,
        dependencies,
        propertyDependencies,
        protect,
        props: { ...inputs, ...outputs },
    }));
}
