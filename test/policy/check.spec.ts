import * as assert from "node:assert/strict";
import type { CheckedResource, PackConfig } from "../../policy/check";
import { checkGraph } from "../../policy/check";
import { policies } from "../../policy/policies";
import { changedTo, one, withResource, withStatement } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { exampleStack, platformStack } from "./support/our-stacks";

const LOGS = "push-notifier-notify-logs";

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
        assert.deepEqual(await checkGraph(deployed(broken)), [{
            policy: "log-groups-expire",
            severity: "medium",
            enforcementLevel: "remediate",
            urn: one(platform, "LogGroup", LOGS).urn,
            message: "Its entries are kept for ever. Set `retentionInDays`, for example to 30.",
        }]);
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
        const wide = { Action: "dynamodb:Query", Resource: "*" };
        const exempting = (urn: string, reason: string): PackConfig => ({
            "no-wildcard-resources": { exemptions: [{ urn, reason }] },
        });

        it("leaves alone the resource that is named, and no other", async () => {
            const broken = withStatement(withStatement(example, "webhook-policy", wide), "page-policy", wide);
            const { urn } = one(example, "RolePolicy", "webhook-policy");
            const found = await checkGraph(deployed(broken), exempting(urn, "Reads every team's table."));
            assert.deepEqual(found.map((violation) => violation.urn), [one(example, "RolePolicy", "page-policy").urn]);
        });

        it("takes a pattern", async () => {
            const broken = withStatement(example, "webhook-policy", wide);
            assert.deepEqual(await rules(broken, exempting("*::orders-service::*::webhook-*", "Reads every table.")), []);
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
        const cases: readonly (readonly [what: string, make: () => Stack, rule: string, settings: object, expected: boolean])[] = [
            ["tables that expire by name", () => withTable("sessions"), "expiring-tables-have-ttl", { tables: ["sess*"] }, true],
            ["tables that expire under another attribute", () => platform, "expiring-tables-have-ttl", { attribute: "ttl" }, true],
            ["stacks that are production", () => platform, "tables-are-protected", { stacks: ["loc*"] }, true],
            ["a shorter retention", () => changedTo(platform, "LogGroup", LOGS, { retentionInDays: 7 }), "log-groups-expire", { maxRetentionDays: 5 }, true],
            ["further verbs on connections", () => verb("DELETE"), "manage-connections-is-scoped", { verbs: ["POST", "DELETE"] }, false],
            ["buses of one's own", () => publishing(), "put-events-names-its-source", { otherBuses: ["arn:*:event-bus/own"] }, false],
            ["actions that AWS cannot scope", () => unscoped(), "no-wildcard-resources", { unscopedActions: ["ecr:GetAuthorizationToken"] }, false],
            ["policies that may be attached", () => attaching(), "attached-policies-are-known", { policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }, false],
            ["fewer retries of streams", () => example, "stream-sources-bound-failures", { maxRetryAttempts: 3 }, true],
            ["fewer retries of events", () => platform, "event-targets-have-dead-letters", { maxRetryAttempts: 3 }, true],
            ["a lower rate of requests", () => platform, "stages-are-throttled", { maxRateLimit: 100 }, true],
            ["further tables of a gateway", () => writing(), "only-gateway-writes-its-tables", { tables: ["arn:aws:dynamodb:us-east-1:210987654321:table/registry"] }, true],
        ];
        const withTable = (name: string): Stack => withResource(platform, "aws:dynamodb/table:Table", name, {
            serverSideEncryption: { enabled: true },
            pointInTimeRecovery: { enabled: true },
        });
        const verb = (name: string): Stack => withStatement(platform, "push-notifier-notify-policy", {
            Action: "execute-api:ManageConnections",
            Resource: `arn:aws:execute-api:us-east-1:123456789012:a1/v1/${name}/@connections/*`,
        });
        const publishing = (): Stack => withStatement(example, "webhook-policy", {
            Action: "events:PutEvents",
            Resource: "arn:aws:events:us-east-1:123456789012:event-bus/own",
        });
        const unscoped = (): Stack => withStatement(example, "webhook-policy", {
            Action: "ecr:GetAuthorizationToken",
            Resource: "*",
        });
        const attaching = (): Stack => changedTo(example, "Role", "webhook-role", {
            managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        });
        const writing = (): Stack => withStatement(example, "webhook-policy", {
            Action: "dynamodb:PutItem",
            Resource: "arn:aws:dynamodb:us-east-1:210987654321:table/registry",
        });
        for (const [what, make, rule, settings, expected] of cases) {
            it(`knows ${what}`, async () => {
                const stack = make();
                assert.equal((await rules(stack)).includes(rule), !expected);
                assert.equal((await rules(stack, { [rule]: { ...settings } })).includes(rule), expected);
            });
        }

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
        urn, type, name, parent, dependencies, propertyDependencies, protect, props: { ...inputs, ...outputs },
    }));
}
