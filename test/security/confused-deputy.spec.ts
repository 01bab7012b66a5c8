import { strict as assert } from "node:assert";
import type { CompiledPolicy, IamPrincipal } from "../../iam";
import { compilePolicy, evaluate } from "../../iam";
import type { FunctionPermission } from "../../local/services/lambda/resource-policy";
import { FunctionPolicy } from "../../local/services/lambda/resource-policy";
import type { DeployedResource } from "../../operations/exercise/driven-cloud";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/**
 * AWS's services act for whoever asks them to. What keeps a stranger's rule, API, queue or pipe from having them act on
 * the gateway is in the resources' policies, as deployed, judged here for strangers of the same account and of others.
 */
describe("A service that acts for a stranger", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });

    const isAllowed = (principal: IamPrincipal, action: string, resource: string, policy: CompiledPolicy): boolean =>
        evaluate({ principal, action, resource }, { identity: [], resource: [policy] }).effect === "allow";

    const functionPolicies = (): readonly {
        readonly arn: string;
        readonly permissions: readonly FunctionPermission[];
    }[] =>
        cloud.resourcesOf("aws:lambda/function:Function").map(({ outputs }) => ({
            arn: String(outputs["arn"]),
            permissions: cloud
                .resourcesOf("aws:lambda/permission:Permission")
                .filter(({ inputs }) => inputs["function"] === outputs["name"])
                .map((permission) => toPermission(permission)),
        }));

    it("cannot invoke a function of the gateway: not by another API, stage, route, authorizer or rule", () => {
        const seen: string[] = [];
        for (const { arn, permissions } of functionPolicies().filter((one) => one.permissions.length > 0)) {
            const policy = compilePolicy(rendered(arn, permissions), arn, "resource");
            for (const { principal: service, sourceArn } of permissions.filter((one) => one.sourceArn !== undefined)) {
                const may = (from: string, as = service): boolean =>
                    isAllowed({ kind: "service", service: as, sourceArn: from }, "lambda:InvokeFunction", arn, policy);
                const own = String(sourceArn);
                seen.push(own);
                assert.ok(may(own), own);
                for (const foreign of strangersOf(own)) {
                    assert.ok(!may(foreign), `${service} may invoke ${arn} for ${foreign}`);
                }
                assert.ok(!may(own, "s3.amazonaws.com"));
                assert.ok(
                    !isAllowed({ kind: "service", service }, "lambda:InvokeFunction", arn, policy),
                    "without a source",
                );
                assert.ok(!isAllowed({ kind: "anonymous" }, "lambda:InvokeFunction", arn, policy), "anybody");
            }
        }
        assert.equal(seen.length, 8);
    });

    it("cannot fill the dead-letter queue: EventBridge writes for the push bus's own rule alone", () => {
        const policies = cloud.resourcesOf("aws:sqs/queuePolicy:QueuePolicy");
        const [rule] = cloud
            .resourcesOf("aws:cloudwatch/eventRule:EventRule")
            .map(({ outputs }) => String(outputs["arn"]));
        assert.ok(rule !== undefined);
        assert.equal(policies.length, 1);
        for (const { inputs } of policies) {
            const policy = compilePolicy(inputs["policy"], "queue", "resource");
            const queue = String(
                (JSON.parse(String(inputs["policy"])) as { Statement: { Resource: string }[] }).Statement[0]?.Resource,
            );
            const may = (from: string): boolean =>
                isAllowed(
                    { kind: "service", service: "events.amazonaws.com", sourceArn: from },
                    "sqs:SendMessage",
                    queue,
                    policy,
                );
            assert.ok(may(rule));
            assert.deepEqual(strangersOf(rule).filter(may), []);
            const reader: IamPrincipal = { kind: "service", service: "events.amazonaws.com", sourceArn: rule };
            assert.ok(!isAllowed(reader, "sqs:ReceiveMessage", queue, policy));
        }
    });

    it("cannot publish on the push bus: it has no policy of its own, so that other accounts have no way in", () => {
        assert.deepEqual(cloud.resourcesOf("aws:cloudwatch/eventBusPolicy:EventBusPolicy"), []);
        assert.deepEqual(cloud.resourcesOf("aws:cloudwatch/eventPermission:EventPermission"), []);
    });

    it("cannot act under a role of ours: each trusts one service, and a pipe's role its own account alone", () => {
        const roles = cloud.resourcesOf("aws:iam/role:Role");
        assert.ok(roles.length >= 9);
        for (const { name, inputs, outputs } of roles) {
            const trust = compilePolicy(inputs["assumeRolePolicy"], name, "trust");
            const arn = String(outputs["arn"]);
            const may = (principal: IamPrincipal): boolean => isAllowed(principal, "sts:AssumeRole", arn, trust);
            const services = ["lambda", "pipes", "apigateway", "events", "ec2", "states", "s3"].map(
                (one) => `${one}.amazonaws.com`,
            );
            const trusted = services.filter((service) =>
                may({ kind: "service", service, sourceArn: sourceIn(accountOf(arn)) }),
            );
            assert.equal(trusted.length, 1, `${name} trusts ${trusted.join()}`);
            const isPipe = trusted[0] === "pipes.amazonaws.com";
            const stranger = may({ kind: "service", service: String(trusted[0]), sourceArn: sourceIn("999999999999") });
            assert.equal(stranger, !isPipe, "Lambda's own service names no source when it takes a role");
            assert.ok(!may({ kind: "user", arn: "arn:aws:iam::999999999999:user/mallory" }));
            assert.ok(!may({ kind: "anonymous" }));
        }
    });
});

function toPermission({ name, inputs }: DeployedResource): FunctionPermission {
    const text = (member: string): string | undefined =>
        typeof inputs[member] === "string" ? inputs[member] : undefined;
    return {
        statementId: name,
        action: String(inputs["action"]),
        principal: String(inputs["principal"]),
        ...(text("sourceArn") === undefined ? {} : { sourceArn: String(inputs["sourceArn"]) }),
        ...(text("functionUrlAuthType") === undefined
            ? {}
            : { functionUrlAuthType: String(inputs["functionUrlAuthType"]) }),
        ...(inputs["invokedViaFunctionUrl"] === true ? { invokedViaFunctionUrl: true } : {}),
    };
}

function rendered(arn: string, permissions: readonly FunctionPermission[]): string | undefined {
    const policy = new FunctionPolicy();
    for (const permission of permissions) {
        policy.add(permission);
    }
    return policy.render(arn);
}

/** The same resource of another account, a neighbour in the same account, and what begins or ends alike. */
function strangersOf(arn: string): readonly string[] {
    const [, , , region, account] = arn.split(":");
    const resource = arn.split(":").slice(5).join(":");
    const [first = "", ...rest] = resource.split("/");
    const within = (owner: string, what: string): string =>
        [...arn.split(":").slice(0, 3), region, owner, what].join(":");
    return [
        within("999999999999", resource),
        within(String(account), [`${first}x`, ...rest].join("/")),
        within(String(account), ["another", ...rest].join("/")),
        within(String(account), [first, ...rest.slice(0, -1), `${rest.at(-1) ?? ""}x`].join("/")),
        within(String(account), [first, ...rest, "more"].join("/")),
        within(String(account), first),
    ];
}

function accountOf(arn: string): string {
    return arn.split(":")[4] ?? "";
}

function sourceIn(account: string): string {
    return `arn:aws:pipes:us-east-1:${account}:pipe/any`;
}
