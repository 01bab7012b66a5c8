import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { CompiledPolicy } from "../../iam";
import { compilePolicy, evaluate } from "../../iam";

const DOCS = readFileSync(path.join(__dirname, "../../docs/deploy-roles.md"), "utf8");
const BUS = "arn:aws:events:us-east-1:123456789012:event-bus/push-bus";
const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/push-namespaces";

/** The statements that docs/deploy-roles.md recommends for the roles that deploy service stacks, judged as IAM would. */
describe("A role that deploys a team's stack", () => {
    const statementWith = (word: string): unknown => {
        const [, json = ""] = new RegExp(`\`\`\`json\\n(\\{[^\`]*${word}[^\`]*\\})\\n\`\`\``).exec(DOCS) ?? [];
        return JSON.parse(
            json
                .replace("<namespaceTableArn>", TABLE)
                .replace("<eventBusArn>", BUS)
                .replace("<eventBusArn, with rule in place of event-bus>", BUS.replace(":event-bus/", ":rule/")),
        );
    };
    const policyOf = (...Statement: readonly unknown[]): CompiledPolicy =>
        compilePolicy({ Version: "2012-10-17", Statement }, "deployer", "identity");
    const policy = policyOf(statementWith("LeadingKeys"));
    const roleArn = "arn:aws:iam::123456789012:role/deployer";

    const isAllowed = (
        granted: CompiledPolicy,
        action: string,
        resource: string,
        context: Record<string, readonly string[]> = {},
    ): boolean => {
        const principal = { kind: "role", arn: "arn:aws:sts::123456789012:assumed-role/deployer/ci", roleArn } as const;
        return evaluate({ principal, action, resource, context }, { identity: [granted] }).effect === "allow";
    };
    const may = (action: string, keys: readonly string[], resource = TABLE): boolean =>
        isAllowed(policy, action, resource, keys.length === 0 ? {} : { "dynamodb:LeadingKeys": keys });

    it("may register its own namespace, change it and take it back", () => {
        for (const action of ["PutItem", "GetItem", "UpdateItem", "DeleteItem"]) {
            assert.ok(may(`dynamodb:${action}`, ["orders"]), action);
        }
    });

    it("may not register, change or take over another team's", () => {
        for (const action of [
            "PutItem",
            "GetItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
            "Scan",
            "Query",
            "DeleteTable",
        ]) {
            for (const keys of [["rivals"], ["orders", "rivals"], ["orders2"], ["Orders"], []]) {
                assert.ok(!may(`dynamodb:${action}`, keys), `${action} ${keys.join()}`);
            }
        }
        assert.ok(!may("dynamodb:PutItem", ["orders"], `${TABLE}2`));
    });

    it("may not listen on the push bus, nor stop the gateway's rule, and may have rules on other buses", () => {
        const events = "arn:aws:events:us-east-1:123456789012";
        const everything = { Effect: "Allow", Action: "*", Resource: "*" };
        const mayAsk = (action: string, resource: string): boolean =>
            isAllowed(policyOf(everything, statementWith("PutRule"), statementWith("PutPermission")), action, resource);
        for (const [action, resource] of [
            ["events:PutRule", `${events}:rule/push-bus/spy`],
            ["events:PutTargets", `${events}:rule/push-bus/spy`],
            ["events:PutTargets", `${events}:rule/push-bus/push-notifier-rule`],
            ["events:DisableRule", `${events}:rule/push-bus/push-notifier-rule`],
            ["events:CreateArchive", `${events}:archive/spy`],
            ["events:CreateArchive", BUS],
            ["events:CreateEndpoint", `${events}:endpoint/spy`],
            ["events:PutPermission", BUS],
            ["events:RemovePermission", BUS],
            ["events:UpdateEventBus", BUS],
            ["schemas:CreateDiscoverer", "arn:aws:schemas:us-east-1:123456789012:discoverer/spy"],
        ] as const) {
            assert.ok(!mayAsk(action, resource), `${action} ${resource}`);
        }
        assert.ok(mayAsk("events:PutRule", `${events}:rule/domain/own`));
        assert.ok(mayAsk("events:PutTargets", `${events}:rule/own`));
    });
});
