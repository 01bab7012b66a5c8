import assert from "node:assert/strict";
import { MalformedPolicyError, parsePolicy, type PolicyGrammar } from "../../../iam";

const GOOD = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" };

describe("parsePolicy", () => {
    it("takes JSON text or an object, one statement or a list, one string or a list", () => {
        const full = {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ["*"] }],
        };
        const short = { Version: "2012-10-17", Statement: GOOD };
        assert.deepEqual(parsePolicy(JSON.stringify(short), "p"), parsePolicy(full, "p"));
        assert.deepEqual(parsePolicy(full, "p").statements, [
            {
                index: 0,
                sid: undefined,
                effect: "Allow",
                actions: { inverted: false, patterns: ["sqs:SendMessage"] },
                resources: { inverted: false, patterns: ["*"] },
                principals: undefined,
                conditions: [],
            },
        ]);
    });

    it("takes a policy without a Version for one of 2008", () => {
        assert.equal(parsePolicy({ Statement: GOOD }).version, "2008-10-17");
    });

    it("normalises principals and conditions", () => {
        const [statement] = parsePolicy({
            Statement: {
                Sid: "One",
                Effect: "Deny",
                NotPrincipal: {
                    AWS: ["111122223333", "*"],
                    Service: "sns.amazonaws.com",
                    Federated: "accounts.google.com",
                },
                NotAction: "iam:*",
                NotResource: ["arn:aws:s3:::a"],
                Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a*", 1, true] } },
            },
        }).statements;
        assert.deepEqual(statement, {
            index: 0,
            sid: "One",
            effect: "Deny",
            actions: { inverted: true, patterns: ["iam:*"] },
            resources: { inverted: true, patterns: ["arn:aws:s3:::a"] },
            principals: {
                inverted: true,
                everyone: true,
                aws: ["arn:aws:iam::111122223333:root"],
                services: ["sns.amazonaws.com"],
                others: ["accounts.google.com"],
            },
            conditions: [
                {
                    qualifier: "ForAnyValue",
                    operator: "StringLike",
                    ifExists: true,
                    key: "aws:TagKeys",
                    values: ["a*", "1", "true"],
                },
            ],
        });
    });

    it("takes an empty Condition for none, as IAM does", () => {
        const [statement] = parsePolicy({ Statement: { ...GOOD, Condition: {} } }).statements;
        assert.deepEqual(statement?.conditions, []);
    });

    describe("completes an ARN that is cut short", () => {
        const cases: readonly (readonly [given: string, ...completed: string[]])[] = [
            ["arn:aws:sqs", "arn:aws:sqs:*:*:*"],
            ["arn:aws", "arn:aws:*:*:*:*"],
            ["arn:aws:dynamodb:us-east-1", "arn:aws:dynamodb:us-east-1:*:*"],
            ["arn:aws:dynamodb:us-east-1:111122223333", "arn:aws:dynamodb:us-east-1:111122223333:*"],
            ["arn:aws:s3::", "arn:aws:s3:::*"],
            ["arn:aws:sqs:*", "arn:aws:sqs:*:*:*"],
            // What stands there already may cross colons, so it holds as written too.
            ["arn:*:sqs", "arn:*:sqs", "arn:*:sqs:*:*:*"],
            ["arn:aws:sqs:*:orders", "arn:aws:sqs:*:orders", "arn:aws:sqs:*:orders:*"],
            ["arn:aws:sqs:${aws:username}", "arn:aws:sqs:${aws:username}", "arn:aws:sqs:${aws:username}:*:*"],
        ];
        for (const [given, ...completed] of cases) {
            it(given, () => {
                for (const member of ["Resource", "NotResource"]) {
                    const statement = { ...GOOD, Resource: undefined, [member]: given };
                    assert.deepEqual(parsePolicy({ Statement: statement }).statements[0]?.resources, {
                        inverted: member === "NotResource",
                        patterns: completed,
                    });
                }
            });
        }

        it("and leaves alone what has six fields or more, or is no ARN", () => {
            for (const pattern of [
                "*",
                "arn:aws:s3:::bucket",
                "arn:aws:s3:::",
                "arn:aws:lambda:us-east-1:111122223333:function:f:live",
                "arn:aws:s3:::${aws:PrincipalTag/team}",
                "execute-api:/v1/GET/*",
            ]) {
                const [statement] = parsePolicy({ Statement: { ...GOOD, Resource: pattern } }).statements;
                assert.deepEqual(statement?.resources.patterns, [pattern]);
            }
        });
    });

    describe("refuses, naming policy, statement and member,", () => {
        const bad = (change: object): object => ({ Statement: [GOOD, { Sid: "Two", ...GOOD, ...change }] });
        const two = 'Policy "p", statement 1 (Two): ';
        const cases: readonly (readonly [
            what: string,
            document: unknown,
            text: string | RegExp,
            grammar?: PolicyGrammar,
        ])[] = [
            ["text that is not JSON", "{", 'Policy "p": is not valid JSON.'],
            ["what is not an object", [], 'Policy "p": must be an object.'],
            [
                "a version that does not exist",
                { Version: "2012-10-18", Statement: GOOD },
                'Policy "p": `Version` must be "2012-10-17" or "2008-10-17", not "2012-10-18".',
            ],
            [
                "a member that does not exist",
                { statement: GOOD },
                'Policy "p": `statement` is not a member that exists here; there are Version, Id, Statement.',
            ],
            [
                "a document without statements",
                { Statement: [] },
                'Policy "p": `Statement` must be a statement or a list of at least one, not [].',
            ],
            ["a statement that is not an object", { Statement: ["x"] }, 'Policy "p", statement 0: must be an object.'],
            [
                "an effect in lower case",
                bad({ Effect: "allow" }),
                `${two}\`Effect\` must be "Allow" or "Deny", not "allow".`,
            ],
            [
                "a misspelt member",
                bad({ Actions: "sqs:*" }),
                `${two}\`Actions\` is not a member that exists here; there are Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition.`,
            ],
            [
                "a Sid that is not a string",
                { Statement: { ...GOOD, Sid: 1 } },
                'Policy "p", statement 0: `Sid` must be a string, not 1.',
            ],
            [
                "no action",
                bad({ Action: undefined }),
                `${two}\`Action\` or NotAction must be given, and only one of them.`,
            ],
            [
                "Action beside NotAction",
                bad({ NotAction: "sqs:*" }),
                `${two}\`Action\` or NotAction must be given, and only one of them.`,
            ],
            [
                "an action without a service",
                bad({ Action: "SendMessage" }),
                `${two}\`Action\` must be "*" or like "sqs:SendMessage", not "SendMessage".`,
            ],
            [
                "an action that is not a string",
                bad({ Action: ["sqs:*", 1] }),
                `${two}\`Action\` must be a string or a list of strings, not 1.`,
            ],
            ["an empty list of actions", bad({ Action: [] }), `${two}\`Action\` must not be an empty list.`],
            [
                "no resource",
                bad({ Resource: undefined }),
                `${two}\`Resource\` or NotResource must be given, and only one of them.`,
                "identity",
            ],
            [
                "a resource that is a name",
                bad({ Resource: "orders" }),
                `${two}\`Resource\` must be "*" or an ARN, not "orders".`,
            ],
            [
                "an operator that does not exist",
                bad({ Condition: { StringEqual: { a: "b" } } }),
                /`Condition` must use an operator that exists \(StringEquals, .*\), not "StringEqual"\.$/,
            ],
            [
                "a set qualifier that does not exist",
                bad({ Condition: { "ForSomeValue:StringEquals": { a: "b" } } }),
                /`Condition` must use an operator that exists/,
            ],
            [
                "NullIfExists",
                bad({ Condition: { NullIfExists: { a: "true" } } }),
                `${two}\`Condition\` must use Null alone: it asks for the key, not for its values, not "NullIfExists".`,
            ],
            [
                "a condition that is not an object",
                bad({ Condition: "x" }),
                `${two}\`Condition\` must be an object, not "x".`,
            ],
            [
                "an operator without keys",
                bad({ Condition: { StringEquals: {} } }),
                `${two}\`Condition.StringEquals\` must have at least one key, not {}.`,
            ],
            [
                "a key without values",
                bad({ Condition: { StringEquals: { a: [] } } }),
                `${two}\`Condition.StringEquals.a\` must not be an empty list.`,
            ],
            [
                "a value that is an object",
                bad({ Condition: { StringEquals: { a: {} } } }),
                `${two}\`Condition.StringEquals.a\` must be a string, a number, a boolean or a list of them, not {}.`,
            ],
            [
                "a number that is none",
                bad({ Condition: { NumericEquals: { a: "x" } } }),
                `${two}\`Condition.NumericEquals.a\` must be a number, not "x".`,
            ],
            [
                "a date that is none",
                bad({ Condition: { DateLessThan: { a: "2026-99-99" } } }),
                `${two}\`Condition.DateLessThan.a\` must be an ISO 8601 date or a number of seconds since 1970, not "2026-99-99".`,
            ],
            [
                "a range that is none",
                bad({ Condition: { IpAddress: { a: "10.0.0.0/33" } } }),
                `${two}\`Condition.IpAddress.a\` must be an IP address or a CIDR range, not "10.0.0.0/33".`,
            ],
            [
                "a boolean that is none",
                bad({ Condition: { Bool: { a: "yes" } } }),
                `${two}\`Condition.Bool.a\` must be "true" or "false", not "yes".`,
            ],
            [
                "a Null that is neither true nor false",
                bad({ Condition: { Null: { a: "1" } } }),
                `${two}\`Condition.Null.a\` must be "true" or "false", not "1".`,
            ],
            [
                "a principal in an identity-based policy",
                bad({ Principal: "*" }),
                `${two}\`Principal\` must not be in an identity-based policy, which is about its holder.`,
                "identity",
            ],
            [
                "a resource policy without a principal",
                bad({}),
                'Policy "p", statement 0: `Principal` is missing: say whom the statement is about.',
                "resource",
            ],
            [
                "Principal beside NotPrincipal",
                bad({ Principal: "*", NotPrincipal: "*" }),
                `${two}\`Principal\` and NotPrincipal must not both be given.`,
            ],
            [
                "a principal that is only a string",
                bad({ Principal: "111122223333" }),
                `${two}\`Principal\` must be "*" or an object with AWS, Service, Federated, CanonicalUser, not "111122223333".`,
            ],
            [
                "a kind of principal that does not exist",
                bad({ Principal: { Aws: "*" } }),
                `${two}\`Principal\` must have one of AWS, Service, Federated, CanonicalUser, not {"Aws":"*"}.`,
            ],
            [
                "part of a principal as a wildcard",
                bad({ Principal: { AWS: "arn:aws:iam::111122223333:role/*" } }),
                `${two}\`Principal.AWS\` must name a principal in full, or everybody with *, not "arn:aws:iam::111122223333:role/*".`,
            ],
            [
                "a principal that is no string",
                bad({ Principal: { Service: [1] } }),
                `${two}\`Principal.Service\` must be a string or a list of strings, not 1.`,
            ],
            [
                "a resource in a trust policy",
                { Statement: { ...GOOD, Principal: "*" } },
                'Policy "p", statement 0: `Resource` must not be in a trust policy: the resource is the role.',
                "trust",
            ],
        ];
        for (const [what, document, text, grammar] of cases) {
            it(what, () => {
                assert.throws(
                    () => parsePolicy(document, "p", grammar),
                    (error) => {
                        assert.ok(error instanceof MalformedPolicyError);
                        assert.equal(error.code, "MalformedPolicyDocument");
                        if (typeof text === "string") {
                            assert.equal(error.message, text);
                        } else {
                            assert.match(error.message, text);
                        }
                        return true;
                    },
                );
            });
        }
    });
});
