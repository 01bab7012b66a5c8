import { strict as assert } from "node:assert";
import { parsePolicy } from "../../../iam";
import { roleSession } from "../../../local/signing/role-session";
import type { Granted } from "../../../local/access/gate";
import type { HeldPolicy } from "../../../local/access/held-policy";
import { permissionsOf } from "../../../local/access/permissions";

const ROLE = "arn:aws:iam::000000000000:role/worker";
const TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
const OTHER = "arn:aws:dynamodb:us-east-1:000000000000:table/customers";
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:letters";

describe("permissionsOf", () => {
    it("takes a statement apart: what is used of it, and what could be left out", () => {
        const statement = { Action: ["dynamodb:GetItem", "dynamodb:PutItem"], Resource: [TABLE, OTHER] };
        const get = call("dynamodb:GetItem", TABLE);
        const used = summary([held(ROLE, "own", statement)], [get, get, call("dynamodb:PutItem", OTHER)]);

        assert.deepEqual(used, [
            "dynamodb:GetItem table/orders used 2 needed 2",
            "dynamodb:GetItem table/customers used 0 needed 0",
            "dynamodb:PutItem table/orders used 0 needed 0",
            "dynamodb:PutItem table/customers used 1 needed 1",
        ]);
    });

    it("finds a statement needless that repeats another", () => {
        const get = { Action: "dynamodb:GetItem", Resource: TABLE };
        const policies = [held(ROLE, "own", get), held(ROLE, "more", get)];
        const statements = ["own", "more"].map((policy) => of(ROLE, policy));
        const both = { ...call("dynamodb:GetItem", TABLE), statements };

        assert.deepEqual(summary(policies, [both]), [
            "dynamodb:GetItem table/orders used 1 needed 0",
            "dynamodb:GetItem table/orders used 1 needed 0",
        ]);
    });

    it("finds a pattern needless that is within another of its statement", () => {
        const statement = { Action: "dynamodb:GetItem", Resource: [TABLE, TABLE.replace("orders", "*")] };
        assert.deepEqual(summary([held(ROLE, "own", statement)], [call("dynamodb:GetItem", TABLE)]), [
            "dynamodb:GetItem table/orders used 1 needed 0",
            "dynamodb:GetItem table/* used 1 needed 0",
        ]);
    });

    it("keeps apart what two roles may by policies of one name", () => {
        const other = `${ROLE}-2`;
        const get = { Action: "dynamodb:GetItem", Resource: TABLE };
        const policies = [held(ROLE, "own", get), held(other, "own", get)];
        const permissions = permissionsOf(policies, [call("dynamodb:GetItem", TABLE)]);
        assert.deepEqual(
            permissions.map(({ holder, needed }) => [holder, needed]),
            [
                [ROLE, 1],
                [other, 0],
            ],
        );
    });

    it("takes the policy of a resource apart by whom it lets in", () => {
        const name = `resource policy of ${QUEUE}`;
        const policies = [
            held(QUEUE, name, {
                Action: "sqs:SendMessage",
                Resource: QUEUE,
                Principal: { Service: ["events.amazonaws.com", "sns.amazonaws.com"] },
            }),
        ];
        const grant: Granted = {
            principal: { kind: "service", service: "events.amazonaws.com" },
            action: "sqs:SendMessage",
            resource: QUEUE,
            statements: [of(QUEUE, name)],
        };
        assert.deepEqual(
            permissionsOf(policies, [grant]).map(({ principal, needed }) => [principal, needed]),
            [
                ["events.amazonaws.com", 1],
                ["sns.amazonaws.com", 0],
            ],
        );
    });

    it("counts a variable of a pattern as any text, and leaves whole what is named by exclusion", () => {
        const policies = [
            held(ROLE, "own", {
                Action: "dynamodb:GetItem",
                Resource: TABLE.replace("orders", "${aws:PrincipalTag/table}"),
            }),
            held(ROLE, "wide", { NotAction: "iam:*", NotResource: OTHER }),
        ];
        const grants = [call("dynamodb:GetItem", TABLE), call("sqs:SendMessage", QUEUE, "wide")];
        assert.deepEqual(summary(policies, grants), [
            "dynamodb:GetItem table/${aws:PrincipalTag/table} used 1 needed 1",
            "NotAction iam:* table/customers used 1 needed 1",
        ]);
    });

    it("takes an action without resource types for granted on * alone", () => {
        const action = "dynamodb:ListStreams";
        const policies = [held(ROLE, "own", { Action: [action, "dynamodb:GetRecords"], Resource: [TABLE, "*"] })];
        const parts = permissionsOf(policies, [call(action, "*")]);
        assert.deepEqual(
            parts.map(({ action, resource, grantsNothing, needed }) => [action, resource, grantsNothing, needed]),
            [
                [action, TABLE, true, 0],
                [action, "*", false, 1],
                ["dynamodb:GetRecords", TABLE, false, 0],
                ["dynamodb:GetRecords", "*", false, 0],
            ],
        );
    });

    it("leaves denials out: they permit nothing", () => {
        const denial = { Effect: "Deny", Action: "sqs:SendMessage", Resource: QUEUE };
        assert.deepEqual(summary([held(ROLE, "own", denial)], []), []);
    });
});

function held(holder: string, name: string, statement: object): HeldPolicy {
    const document = { Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } };
    return { holder, document: parsePolicy(document, name) };
}

function of(holder: string, policy: string): Granted["statements"][number] {
    return { holder, policy, statement: 0 };
}

function call(action: string, resource: string, policy = "own"): Granted {
    return { principal: roleSession(ROLE, "session"), action, resource, statements: [of(ROLE, policy)] };
}

function summary(policies: readonly HeldPolicy[], grants: readonly Granted[]): readonly string[] {
    return permissionsOf(policies, grants).map(({ action, resource, used, needed }) => {
        return `${action} ${resource.split(":").slice(5).join(":")} used ${used} needed ${needed}`;
    });
}
