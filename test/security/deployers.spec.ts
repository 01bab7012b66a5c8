import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { compilePolicy, evaluate } from "../../iam";

const DOCS = readFileSync(path.join(__dirname, "../../docs/security.md"), "utf8");
const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/push-namespaces";

/** The statement that docs/security.md recommends for the roles that deploy service stacks, judged as IAM would. */
describe("A role that deploys a team's stack", () => {
    const [, json = ""] = /```json\n(\{[^`]*LeadingKeys[^`]*\})\n```/.exec(DOCS) ?? [];
    const statement: unknown = JSON.parse(json.replace("<namespaceTableArn>", TABLE));
    const policy = compilePolicy({ Version: "2012-10-17", Statement: [statement] }, "deployer", "identity");
    const roleArn = "arn:aws:iam::123456789012:role/deployer";

    const may = (action: string, keys: readonly string[], resource = TABLE): boolean => {
        const principal = { kind: "role", arn: "arn:aws:sts::123456789012:assumed-role/deployer/ci", roleArn } as const;
        const context: Record<string, readonly string[]> = keys.length === 0 ? {} : { "dynamodb:LeadingKeys": keys };
        return evaluate({ principal, action, resource, context }, { identity: [policy] }).effect === "allow";
    };

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
});
