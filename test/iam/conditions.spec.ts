import assert from "node:assert/strict";
import { compilePolicy, evaluate, type IamRequest } from "../../iam";

const QUEUE = "arn:aws:sqs:us-east-1:111122223333:queue";

type Context = NonNullable<IamRequest["context"]>;

function applies(effect: "Allow" | "Deny", condition: object, context: Context, rest: object = {}): boolean {
    const statement = { Effect: effect, Action: "*", Resource: "*", Condition: condition, ...rest };
    const policy = compilePolicy({ Version: "2012-10-17", Statement: statement }, "policy", "identity");
    const principal = { kind: "user", arn: "arn:aws:iam::111122223333:user/ada" } as const;
    const decision = evaluate(
        { principal, action: "sqs:SendMessage", resource: QUEUE, context },
        { identity: [policy] },
    );
    return decision.effect === (effect === "Allow" ? "allow" : "explicitDeny");
}

describe("conditions", () => {
    describe("compare one value", () => {
        const cases: readonly (readonly [operator: string, policy: unknown, request: string, holds: boolean])[] = [
            ["StringEquals", "orders", "orders", true],
            ["StringEquals", "orders", "Orders", false],
            ["StringEquals", "ord*", "orders", false],
            ["StringEquals", "ord*", "ord*", true],
            ["StringEquals", ["a", "b"], "b", true],
            ["StringEquals", 7, "7", true],
            ["StringEquals", true, "true", true],
            ["StringNotEquals", "orders", "orders", false],
            ["StringNotEquals", "orders", "other", true],
            ["StringNotEquals", ["a", "b"], "b", false],
            ["StringEqualsIgnoreCase", "Orders", "oRDERS", true],
            ["StringNotEqualsIgnoreCase", "Orders", "oRDERS", false],
            ["StringLike", "ord*", "orders", true],
            ["StringLike", "ord?rs", "orders", true],
            ["StringLike", "Ord*", "orders", false],
            ["StringNotLike", "ord*", "orders", false],
            ["StringNotLike", "ord*", "users", true],
            ["NumericEquals", "10", "10.0", true],
            ["NumericEquals", 10, "11", false],
            ["NumericNotEquals", "10", "11", true],
            ["NumericNotEquals", "10", "10", false],
            ["NumericLessThan", "10", "9", true],
            ["NumericLessThan", "10", "10", false],
            ["NumericLessThanEquals", "10", "10", true],
            ["NumericGreaterThan", "10", "10", false],
            ["NumericGreaterThan", "-1.5", "-1", true],
            ["NumericGreaterThanEquals", "10", "10", true],
            ["NumericLessThan", "10", "not a number", false],
            ["DateEquals", "2026-01-02T03:04:05Z", "1767323045", true],
            ["DateEquals", "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", true],
            ["DateNotEquals", "2026", "2026-01-01", false],
            ["DateLessThan", "2026-01-02", "2026-01-01T23:59:59Z", true],
            ["DateLessThan", "2026-01-02", "2026-01-02", false],
            ["DateLessThanEquals", "2026-01-02", "2026-01-02", true],
            ["DateGreaterThan", "2026-01-02", "2026-01-02T00:00:01Z", true],
            ["DateGreaterThanEquals", "2026-01-02", "2026-01-02", true],
            ["Bool", "true", "true", true],
            ["Bool", true, "false", false],
            ["Bool", "False", "false", true],
            ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
            ["BinaryEquals", "QmluYXJ5", "b3RoZXI=", false],
            ["IpAddress", "203.0.113.0/24", "203.0.113.77", true],
            ["IpAddress", "203.0.113.0/24", "203.0.114.1", false],
            ["IpAddress", "203.0.113.7", "203.0.113.7", true],
            ["IpAddress", "203.0.113.7", "203.0.113.8", false],
            ["IpAddress", ["10.0.0.0/8", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", true],
            ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false],
            ["IpAddress", "0.0.0.0/0", "no address", false],
            ["NotIpAddress", "203.0.113.0/24", "203.0.113.77", false],
            ["NotIpAddress", "203.0.113.0/24", "198.51.100.1", true],
            ["ArnEquals", "arn:aws:sns:us-east-1:111122223333:topic", "arn:aws:sns:us-east-1:111122223333:topic", true],
            ["ArnEquals", "arn:aws:sns:*:111122223333:to?ic", "arn:aws:sns:us-east-1:111122223333:topic", true],
            ["ArnLike", "arn:aws:sns:us-east-1:111122223333:Topic", "arn:aws:sns:us-east-1:111122223333:topic", false],
            // The documentation's example of where StringLike and ArnLike differ.
            [
                "StringLike",
                "arn:aws:someservice:*:111122223333:finance/*",
                "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
                true,
            ],
            [
                "ArnLike",
                "arn:aws:someservice:*:111122223333:finance/*",
                "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
                false,
            ],
            ["ArnLike", "arn:aws:logs:*:*:log-group:*:x", "arn:aws:logs:r:1:log-group:a:b:x", true],
            ["ArnLike", "*", "arn:aws:sns:us-east-1:111122223333:topic", true],
            ["ArnLike", "arn:*", "arn:aws:sns:us-east-1:111122223333:topic", false],
            ["ArnLike", "*", "not an arn", false],
            // AWS says that it completes ARNs in Resource; it does not say so of conditions.
            ["ArnLike", "arn:aws:sns", "arn:aws:sns:us-east-1:111122223333:topic", false],
            ["ArnLike", "arn:aws:sns:*:*:*", "arn:aws:sns:us-east-1:111122223333:topic", true],
            ["ArnNotEquals", "arn:aws:sns:*:*:topic", "arn:aws:sns:us-east-1:111122223333:topic", false],
            ["ArnNotLike", "arn:aws:sns:*:*:topic", "arn:aws:sns:us-east-1:111122223333:other", true],
            ["Null", "false", "anything", true],
            ["Null", "true", "anything", false],
        ];
        for (const [operator, policy, request, holds] of cases) {
            it(`${operator} ${JSON.stringify(policy)} ${holds ? "holds" : "does not hold"} for "${request}"`, () => {
                assert.equal(applies("Allow", { [operator]: { "test:key": policy } }, { "test:key": request }), holds);
            });
        }
    });

    describe("when the request lacks the key", () => {
        const cases: readonly (readonly [operator: string, policy: unknown, holds: boolean])[] = [
            ["StringEquals", "a", false],
            ["StringLike", "*", false],
            ["StringNotEquals", "a", true],
            ["StringNotLike", "*", true],
            ["ArnNotLike", "*", true],
            ["NumericEquals", "1", false],
            ["NumericNotEquals", "1", true],
            ["DateNotEquals", "2026", true],
            ["Bool", "false", false],
            ["IpAddress", "0.0.0.0/0", false],
            ["NotIpAddress", "0.0.0.0/0", true],
            ["StringEqualsIfExists", "a", true],
            ["StringNotEqualsIfExists", "a", true],
            ["BoolIfExists", "true", true],
            ["ForAllValues:StringEquals", "a", true],
            ["ForAllValues:StringNotEquals", "a", true],
            ["ForAnyValue:StringEquals", "a", false],
            ["ForAnyValue:StringNotEquals", "a", false],
            ["ForAnyValue:StringEqualsIfExists", "a", true],
            ["Null", "true", true],
            ["Null", "false", false],
        ];
        for (const [operator, policy, holds] of cases) {
            it(`${operator} ${JSON.stringify(policy)} ${holds ? "holds" : "does not hold"}`, () => {
                assert.equal(applies("Allow", { [operator]: { "test:key": policy } }, {}), holds);
                assert.equal(applies("Allow", { [operator]: { "test:key": policy } }, { "test:key": [] }), holds);
            });
        }
    });

    describe("over several values", () => {
        const cases: readonly (readonly [
            operator: string,
            policy: unknown,
            request: readonly string[],
            holds: boolean,
        ])[] = [
            ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], true],
            ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false],
            ["ForAllValues:StringLike", "orders/*", ["orders/1", "orders/2"], true],
            ["ForAllValues:StringNotEquals", ["c"], ["a", "b"], true],
            ["ForAllValues:StringNotEquals", ["b"], ["a", "b"], false],
            ["ForAnyValue:StringEquals", ["b"], ["a", "b"], true],
            ["ForAnyValue:StringEquals", ["c"], ["a", "b"], false],
            ["ForAnyValue:StringNotEquals", ["a"], ["a", "b"], true],
            ["ForAnyValue:StringNotEquals", ["a"], ["a"], false],
            ["ForAllValues:StringEquals", ["a"], [""], true],
            ["ForAnyValue:StringEquals", [""], [""], false],
        ];
        for (const [operator, policy, request, holds] of cases) {
            it(`${operator} ${JSON.stringify(policy)} ${holds ? "holds" : "does not hold"} for ${JSON.stringify(request)}`, () => {
                assert.equal(applies("Allow", { [operator]: { "test:key": policy } }, { "test:key": request }), holds);
            });
        }

        it("without a set operator, a grant needs all of them and a denial any one", () => {
            const condition = { StringEquals: { "test:key": ["a"] } };
            assert.equal(applies("Allow", condition, { "test:key": ["a", "b"] }), false);
            assert.equal(applies("Deny", condition, { "test:key": ["a", "b"] }), true);
        });
    });

    describe("together", () => {
        const condition = {
            StringEquals: { "events:source": "orders", "events:detail-type": ["Changed", "Created"] },
            Bool: { "aws:SecureTransport": "true" },
        };
        const request = { "events:source": "orders", "events:detail-type": "Created", "aws:SecureTransport": "true" };

        it("all have to hold", () => {
            assert.equal(applies("Allow", condition, request), true);
            for (const key of Object.keys(request)) {
                assert.equal(applies("Allow", condition, { ...request, [key]: "something else" }), false, key);
            }
        });

        it("find keys without regard to the case of their names", () => {
            assert.equal(
                applies("Allow", { StringEquals: { "Events:Source": "orders" } }, { "events:SOURCE": "orders" }),
                true,
            );
        });
    });

    describe("variables", () => {
        const named = (value: string): object => ({ StringEquals: { "test:key": value } });

        it("stand for the value of a key, of which those of the principal are known", () => {
            assert.equal(applies("Allow", named("home/${aws:username}"), { "test:key": "home/ada" }), true);
            assert.equal(
                applies("Allow", named("${AWS:PrincipalArn}"), { "test:key": "arn:aws:iam::111122223333:user/ada" }),
                true,
            );
            assert.equal(
                applies("Allow", named("${aws:PrincipalTag/team}"), { "test:key": "a", "aws:PrincipalTag/team": "a" }),
                true,
            );
        });

        it("have a default for when the key is missing", () => {
            assert.equal(applies("Allow", named("${aws:PrincipalTag/team, 'none'}"), { "test:key": "none" }), true);
            assert.equal(applies("Allow", named("${aws:PrincipalTag/team, 'none'}"), { "test:key": "" }), false);
        });

        it("match nothing when the key is missing or has several values", () => {
            assert.equal(applies("Allow", { StringLike: { "test:key": "${x:y}" } }, { "test:key": "${x:y}" }), false);
            assert.equal(applies("Allow", named("${x:y}"), { "test:key": "a", "x:y": ["a", "b"] }), false);
        });

        it("that are missing fulfil no negated grant, but do fulfil a negated denial", () => {
            const condition = { StringNotEquals: { "test:key": "${x:y}" } };
            assert.equal(applies("Allow", condition, { "test:key": "a" }), false);
            assert.equal(applies("Deny", condition, { "test:key": "a" }), true);
        });

        it("are taken literally, so that a name with * opens nothing", () => {
            const condition = { StringLike: { "test:key": "home/${aws:PrincipalTag/team}/*" } };
            assert.equal(applies("Allow", condition, { "test:key": "home/b/1", "aws:PrincipalTag/team": "*" }), false);
            assert.equal(applies("Allow", condition, { "test:key": "home/*/1", "aws:PrincipalTag/team": "*" }), true);
        });

        it("write *, ? and $ themselves", () => {
            const condition = { StringLike: { "test:key": "${*}${?}${$}*" } };
            assert.equal(applies("Allow", condition, { "test:key": "*?$tail" }), true);
            assert.equal(applies("Allow", condition, { "test:key": "abctail" }), false);
        });

        it("are filled in within resources", () => {
            const resource = (pattern: string): boolean =>
                applies("Allow", { Null: { "x:y": "true" } }, {}, { Resource: pattern });
            assert.equal(resource(QUEUE.replace("queue", "${aws:username, 'x'}*")), false);
            assert.equal(
                applies(
                    "Allow",
                    { Null: { "x:y": "false" } },
                    { "x:y": "queue" },
                    { Resource: QUEUE.replace("queue", "${x:y}") },
                ),
                true,
            );
        });

        it("that are missing keep NotResource from granting, but not from denying", () => {
            const inverse = { Resource: undefined, NotResource: "arn:aws:s3:::${x:y}" };
            const always = { Null: { "test:key": "true" } };
            assert.equal(applies("Allow", always, {}, inverse), false);
            assert.equal(applies("Deny", always, {}, inverse), true);
        });

        it("are ordinary text in a policy of 2008, or of no version", () => {
            for (const Version of ["2008-10-17", undefined]) {
                const Statement = { Effect: "Allow", Action: "*", Resource: "*", Condition: named("${aws:username}") };
                const policy = compilePolicy(
                    { ...(Version === undefined ? {} : { Version }), Statement },
                    "policy",
                    "identity",
                );
                const principal = { kind: "user", arn: "arn:aws:iam::111122223333:user/ada" } as const;
                const decide = (value: string): string => {
                    const request = { principal, action: "a:B", resource: "*", context: { "test:key": value } };
                    return evaluate(request, { identity: [policy] }).effect;
                };
                assert.deepEqual([decide("${aws:username}"), decide("ada")], ["allow", "implicitDeny"]);
            }
        });
    });

    describe("keys that follow from the caller", () => {
        const decide = (principal: IamRequest["principal"], condition: object): string => {
            const resource = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*", Condition: condition };
            const policy = compilePolicy({ Version: "2012-10-17", Statement: resource }, "policy", "resource");
            return evaluate({ principal, action: "a:B", resource: QUEUE }, { identity: [], resource: [policy] }).effect;
        };
        const session = {
            kind: "role",
            arn: "arn:aws:sts::111122223333:assumed-role/r/s",
            roleArn: "arn:aws:iam::111122223333:role/r",
        } as const;

        it("give a session the ARN of its role and no user name", () => {
            assert.equal(decide(session, { ArnEquals: { "aws:PrincipalArn": session.roleArn } }), "allow");
            assert.equal(decide(session, { Null: { "aws:username": "true" } }), "allow");
            assert.equal(decide(session, { StringEquals: { "aws:PrincipalAccount": "111122223333" } }), "allow");
            assert.equal(decide(session, { Bool: { "aws:PrincipalIsAWSService": "false" } }), "allow");
        });

        it("give a service the account and ARN that it acts for", () => {
            const service = {
                kind: "service",
                service: "s3.amazonaws.com",
                sourceArn: "arn:aws:s3:us-east-1:1:b",
            } as const;
            assert.equal(decide(service, { StringEquals: { "aws:SourceAccount": "1" } }), "allow");
            assert.equal(decide(service, { ArnLike: { "aws:SourceArn": "arn:aws:s3:*:*:b" } }), "allow");
            assert.equal(
                decide(service, { StringEquals: { "aws:PrincipalServiceName": "s3.amazonaws.com" } }),
                "allow",
            );
            assert.equal(
                decide({ ...service, sourceArn: "arn:aws:s3:::b" }, { Null: { "aws:SourceAccount": "true" } }),
                "allow",
            );
        });
    });
});
