import assert from "node:assert/strict";
import {
    actionCovers,
    actionsIntersect,
    hasWildcard,
    namesAnyAction,
    namesAnyResource,
    parsePolicy,
    patternCovers,
    patternsIntersect,
    statementsAllowing,
    statementsOf,
    staysWithinResource,
    type Statement,
} from "../../../iam";

function statement(change: object): Statement {
    const [only] = statementsOf({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "*", Resource: "*", ...change },
    });
    assert.ok(only);
    return only;
}

describe("statementsAllowing", () => {
    it("finds the Allow statements that speak of an action, by Action and by NotAction", () => {
        const policy = parsePolicy({
            Statement: [
                { Sid: "Named", Effect: "Allow", Action: "dynamodb:PutItem", Resource: "*" },
                { Sid: "Wildcard", Effect: "Allow", Action: ["sqs:*", "Dynamo*:put*"], Resource: "*" },
                { Sid: "Other", Effect: "Allow", Action: "dynamodb:GetItem", Resource: "*" },
                { Sid: "Denied", Effect: "Deny", Action: "*", Resource: "*" },
                { Sid: "NotNamed", Effect: "Allow", NotAction: "iam:*", Resource: "*" },
                { Sid: "Excluded", Effect: "Allow", NotAction: ["dynamodb:put*"], Resource: "*" },
            ],
        });
        const found = statementsAllowing(policy, "dynamodb:PutItem").map(({ sid }) => sid);
        assert.deepEqual(found, ["Named", "Wildcard", "NotNamed"]);
    });
});

describe("namesAnyAction", () => {
    const cases: readonly (readonly [object, string, boolean])[] = [
        [{ Action: "execute-api:ManageConnections" }, "execute-api:*", true],
        [{ Action: "execute-*:*Connections" }, "execute-api:ManageConnections", true],
        [{ Action: "EXECUTE-API:INVOKE" }, "execute-api:inv*", true],
        [{ Action: "sqs:*" }, "execute-api:*", false],
        [{ Action: undefined, NotAction: "sqs:*" }, "execute-api:*", true],
        [{ Action: undefined, NotAction: "execute-api:*" }, "execute-api:Manage*", false],
        [{ Action: undefined, NotAction: "execute-api:Invoke" }, "execute-api:*", true],
    ];
    for (const [change, pattern, expected] of cases) {
        it(`is ${expected} of ${JSON.stringify(change)} for ${pattern}`, () => {
            assert.equal(namesAnyAction(statement(change), pattern), expected);
        });
    }
});

describe("namesAnyResource and staysWithinResource", () => {
    const api = "arn:aws:execute-api:us-east-1:111122223333:abc/v1/POST/@connections/*";
    const cases: readonly (readonly [object, names: boolean, within: boolean])[] = [
        [{ Resource: api }, true, true],
        [{ Resource: api.replace("*", "one") }, true, true],
        [{ Resource: api.replace("POST", "*") }, true, false],
        [{ Resource: "*" }, true, false],
        [{ Resource: api.replace("POST", "GET") }, false, false],
        [{ Resource: [api, api.replace("v1", "v2")] }, true, false],
        [{ Resource: api.replace("*", "${aws:username}") }, true, true],
        [{ Resource: api.replace("POST", "${aws:username}") }, true, false],
        [{ Resource: "arn:aws:execute-api" }, true, false],
        [{ Resource: "arn:aws:execute-api:us-east-1" }, true, false],
        [{ Resource: "arn:aws:sqs" }, false, false],
        [{ Resource: undefined, NotResource: api }, false, false],
        [{ Resource: undefined, NotResource: "arn:aws:execute-api" }, false, false],
        [{ Resource: undefined, NotResource: api.replace("*", "one") }, true, false],
    ];
    for (const [change, names, within] of cases) {
        it(`are ${names} and ${within} of ${JSON.stringify(change)}`, () => {
            assert.equal(namesAnyResource(statement(change), api), names);
            assert.equal(staysWithinResource(statement(change), api), within);
        });
    }
});

describe("relations of patterns", () => {
    it("know which patterns have a text in common", () => {
        assert.equal(actionsIntersect("dynamodb:*Item", "DynamoDB:Put*"), true);
        assert.equal(actionsIntersect("dynamodb:Get*", "dynamodb:Put*"), false);
        assert.equal(patternsIntersect("a*b", "*c"), false);
        assert.equal(patternsIntersect("a?", "a"), false);
        assert.equal(patternsIntersect("", "*"), true);
        assert.equal(patternsIntersect("A", "a"), false);
    });

    it("know which pattern covers which", () => {
        assert.equal(actionCovers("dynamodb:*", "DYNAMODB:Get*"), true);
        assert.equal(actionCovers("dynamodb:Get*", "dynamodb:*"), false);
        assert.equal(patternCovers("*?", "?*"), true);
        assert.equal(patternCovers("?*", "*"), false);
        assert.equal(patternCovers("*a*", "*ba*"), true);
        assert.equal(patternCovers("a*b", "ab"), true);
    });

    it("do not take for covered what would need too long to prove", () => {
        const hard = `*a${"?".repeat(40)}`;
        assert.equal(patternCovers(hard, `*a${"?".repeat(20)}*`), false);
    });

    it("know what a wildcard is", () => {
        assert.deepEqual(["a*", "a?", "a", "${aws:username}", "${*}"].map(hasWildcard), [
            true,
            true,
            false,
            false,
            false,
        ]);
    });
});
