import assert from "node:assert/strict";
import { denialText, type Denial, type IamPrincipal, type IamRequest } from "../../iam";

const principal: IamPrincipal = {
    kind: "role",
    arn: "arn:aws:sts::111122223333:assumed-role/notifier/one",
    roleArn: "arn:aws:iam::111122223333:role/notifier",
};
const request: IamRequest = {
    principal,
    action: "dynamodb:PutItem",
    resource: "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
};
const start =
    "User: arn:aws:sts::111122223333:assumed-role/notifier/one is not authorized to perform: dynamodb:PutItem " +
    "on resource: arn:aws:dynamodb:us-east-1:111122223333:table/orders ";

describe("denialText", () => {
    const cases: readonly (readonly [Denial["effect"], Denial["layer"], string])[] = [
        ["implicitDeny", "identity", "because no identity-based policy allows the dynamodb:PutItem action"],
        ["implicitDeny", "resource", "because no resource-based policy allows the dynamodb:PutItem action"],
        ["implicitDeny", "boundary", "because no permissions boundary allows the dynamodb:PutItem action"],
        ["implicitDeny", "session", "because no session policy allows the dynamodb:PutItem action"],
        ["explicitDeny", "identity", "with an explicit deny in an identity-based policy"],
        ["explicitDeny", "resource", "with an explicit deny in a resource-based policy"],
        ["explicitDeny", "boundary", "with an explicit deny in a permissions boundary"],
        ["explicitDeny", "session", "with an explicit deny in a session policy"],
    ];
    for (const [effect, layer, end] of cases) {
        it(`of an ${effect} of the ${layer} layer ends "${end}"`, () => {
            assert.equal(denialText(request, { effect, layer, matched: [] }), start + end);
        });
    }

    it("names * where that is the only resource that grants the action", () => {
        const denial: Denial = { effect: "implicitDeny", layer: "identity", matched: [] };
        assert.match(
            denialText({ ...request, action: "dynamodb:ListStreams" }, denial),
            /: dynamodb:ListStreams on resource: \* because no identity-based policy allows/,
        );
    });

    it("names services and anonymous callers", () => {
        const denial: Denial = { effect: "implicitDeny", layer: "resource", matched: [] };
        assert.match(denialText({ ...request, principal: { kind: "anonymous" } }, denial), /^User: anonymous is not/);
        const service: IamPrincipal = { kind: "service", service: "events.amazonaws.com" };
        assert.match(denialText({ ...request, principal: service }, denial), /^User: events\.amazonaws\.com is not/);
    });
});
