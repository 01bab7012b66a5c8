import assert from "node:assert/strict";
import { compilePolicy, evaluate, type Decision, type IamPrincipal, type IamRequest, type PolicySet } from "../../iam";

const ACCOUNT = "111122223333";
const OTHER_ACCOUNT = "999988887777";
const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/orders`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/notifier/one`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/notifier`;
const role: IamPrincipal = { kind: "role", arn: SESSION, roleArn: ROLE };
const user = { kind: "user", arn: `arn:aws:iam::${ACCOUNT}:user/carlossalazar` } as const;
const events: IamPrincipal = { kind: "service", service: "events.amazonaws.com" };

interface Documents {
    readonly identity?: readonly object[];
    readonly resource?: readonly object[];
    readonly boundary?: object;
    readonly session?: readonly object[];
}

function statement(effect: "Allow" | "Deny", rest: object = {}): object {
    return { Version: "2012-10-17", Statement: { Effect: effect, Action: "*", Resource: "*", ...rest } };
}

function decide(documents: Documents, request: Partial<IamRequest> = {}): Decision {
    const identities = (list: readonly object[] | undefined, name: string): PolicySet["identity"] => {
        return (list ?? []).map((document, index) => compilePolicy(document, `${name}-${index}`, "identity"));
    };
    const { boundary } = documents;
    return evaluate(
        { principal: role, action: "dynamodb:PutItem", resource: TABLE, ...request },
        {
            identity: identities(documents.identity, "identity"),
            resource: (documents.resource ?? []).map((document) => compilePolicy(document, "resource", "resource")),
            session: identities(documents.session, "session"),
            ...(boundary === undefined ? {} : { boundary: compilePolicy(boundary, "boundary", "identity") }),
        },
    );
}

/** The decision in one word, with the layer of a denial. */
function verdict(documents: Documents, request: Partial<IamRequest> = {}): string {
    const decision = decide(documents, request);
    return decision.effect === "allow" ? "allow" : `${decision.effect} ${decision.layer}`;
}

describe("evaluate", () => {
    describe("with identity-based policies only", () => {
        const cases: readonly (readonly [string, Documents, string])[] = [
            ["denies when there is no policy", {}, "implicitDeny identity"],
            ["allows what one statement allows", { identity: [statement("Allow")] }, "allow"],
            [
                "allows when only the second of two policies does",
                { identity: [statement("Allow", { Action: "sqs:*" }), statement("Allow", { Resource: TABLE })] },
                "allow",
            ],
            [
                "lets a deny in one policy win over an allow in another",
                { identity: [statement("Allow"), statement("Deny", { Action: "dynamodb:Put*" })] },
                "explicitDeny identity",
            ],
            [
                "leaves a deny of another action out",
                { identity: [statement("Allow"), statement("Deny", { Action: "dynamodb:Delete*" })] },
                "allow",
            ],
            [
                "denies on another resource",
                { identity: [statement("Allow", { Resource: `${TABLE}-2` })] },
                "implicitDeny identity",
            ],
            [
                "lets NotAction allow everything that it does not name",
                { identity: [statement("Allow", { Action: undefined, NotAction: ["iam:*", "sts:*"] })] },
                "allow",
            ],
            [
                "lets NotAction leave out what it names",
                { identity: [statement("Allow", { Action: undefined, NotAction: "dynamodb:*" })] },
                "implicitDeny identity",
            ],
            [
                "lets NotResource deny everything but what it names",
                {
                    identity: [
                        statement("Allow"),
                        statement("Deny", { Resource: undefined, NotResource: `${TABLE}/*` }),
                    ],
                },
                "explicitDeny identity",
            ],
        ];
        for (const [behaviour, documents, expected] of cases) {
            it(behaviour, () => {
                assert.equal(verdict(documents), expected);
            });
        }
    });

    describe("on actions and resources", () => {
        const cases: readonly (readonly [string, string, string, string, boolean])[] = [
            ["compares actions without regard to case", "DynamoDB:putitem", "*", TABLE, true],
            ["compares resources with regard to case", "*", TABLE.replace("orders", "Orders"), TABLE, false],
            ["matches ? with exactly one character", "dynamodb:PutIte?", "*", TABLE, true],
            ["does not match ? with none", "dynamodb:PutItem?", "*", TABLE, false],
            ["matches * in the middle of an action", "dynamodb:*Item", "*", TABLE, true],
            ["matches a service by wildcard", "dynamo*:PutItem", "*", TABLE, true],
            ["lets * in a resource cross colons", "*", "arn:aws:dynamodb:*/orders", TABLE, true],
            ["lets * in a resource cross slashes", "*", "arn:aws:dynamodb:*", `${TABLE}/stream/2026`, true],
            ["does not take a prefix for a match", "*", TABLE, `${TABLE}/stream/2026`, false],
            [
                "does not take regular expression characters for such",
                "*",
                TABLE.replace("orders", "o.*ers"),
                TABLE,
                false,
            ],
        ];
        for (const [behaviour, action, pattern, resource, allowed] of cases) {
            it(behaviour, () => {
                const documents = { identity: [statement("Allow", { Action: action, Resource: pattern })] };
                assert.equal(verdict(documents, { resource }), allowed ? "allow" : "implicitDeny identity");
            });
        }

        it("takes an ARN that is cut short for all that begin so, in a grant and in a denial", () => {
            for (const Resource of ["arn:aws:dynamodb", "arn:aws:dynamodb:us-east-1", "arn:*:dynamodb"]) {
                const grant = statement("Allow", { Resource });
                const denial = statement("Deny", { Resource });
                assert.equal(verdict({ identity: [grant] }), "allow", Resource);
                assert.equal(verdict({ identity: [statement("Allow"), denial] }), "explicitDeny identity", Resource);
            }
            for (const Resource of ["arn:aws:sqs", "arn:aws:dynamodb:eu-west-1", "arn:aws:dyn"]) {
                const grant = statement("Allow", { Resource });
                assert.equal(verdict({ identity: [grant] }), "implicitDeny identity", Resource);
            }
        });

        it("takes it so in NotResource too", () => {
            const others = { Resource: undefined, NotResource: "arn:aws:dynamodb" };
            assert.equal(verdict({ identity: [statement("Allow", others)] }), "implicitDeny identity");
            assert.equal(verdict({ identity: [statement("Allow"), statement("Deny", others)] }), "allow");
        });
    });

    describe("with a resource-based policy in the same account", () => {
        const grant = (aws: string): object => statement("Allow", { Principal: { AWS: aws } });
        const cases: readonly (readonly [string, Documents, Partial<IamRequest>, string])[] = [
            ["needs no identity policy where the role is named", { resource: [grant(ROLE)] }, {}, "allow"],
            ["needs no identity policy where the session is named", { resource: [grant(SESSION)] }, {}, "allow"],
            ["needs no identity policy where everybody is named", { resource: [grant("*")] }, {}, "allow"],
            [
                "leaves the decision to identity policies where the account is named",
                { resource: [grant(`arn:aws:iam::${ACCOUNT}:root`)] },
                {},
                "implicitDeny identity",
            ],
            ["reads a bare account number as the account", { resource: [grant(ACCOUNT)] }, {}, "implicitDeny identity"],
            [
                "denies everybody in an account that is denied",
                {
                    identity: [statement("Allow")],
                    resource: [statement("Deny", { Principal: { AWS: ACCOUNT } })],
                },
                {},
                "explicitDeny resource",
            ],
            ["does not grant to another role", { resource: [grant(`${ROLE}-2`)] }, {}, "implicitDeny identity"],
            [
                "allows what the identity policy allows and the resource policy does not mention",
                { identity: [statement("Allow")], resource: [grant(`${ROLE}-2`)] },
                {},
                "allow",
            ],
            ["allows a user who is named", { resource: [grant(user.arn)] }, { principal: user }, "allow"],
        ];
        for (const [behaviour, documents, request, expected] of cases) {
            it(behaviour, () => {
                assert.equal(verdict(documents, request), expected);
            });
        }
    });

    describe("with a resource-based policy and a caller without an account", () => {
        const service = (name: string, rest: object = {}): object => {
            return statement("Allow", { Principal: { Service: name }, ...rest });
        };
        const source = `arn:aws:events:us-east-1:${ACCOUNT}:rule/push`;
        const sourced: IamPrincipal = { kind: "service", service: "events.amazonaws.com", sourceArn: source };
        const onlyPush = service("events.amazonaws.com", { Condition: { ArnEquals: { "aws:SourceArn": source } } });
        const cases: readonly (readonly [string, Documents, IamPrincipal, string])[] = [
            ["allows the service that is named", { resource: [service("events.amazonaws.com")] }, events, "allow"],
            ["denies another service", { resource: [service("sns.amazonaws.com")] }, events, "implicitDeny resource"],
            [
                "allows a service where everybody is named",
                { resource: [statement("Allow", { Principal: "*" })] },
                events,
                "allow",
            ],
            [
                "does not take a service for a role",
                { resource: [service("events.amazonaws.com")] },
                role,
                "implicitDeny identity",
            ],
            [
                "denies a service without a resource policy",
                { identity: [statement("Allow")] },
                events,
                "implicitDeny resource",
            ],
            ["derives aws:SourceArn from what the service acts for", { resource: [onlyPush] }, sourced, "allow"],
            [
                "denies the service when it acts for something else",
                { resource: [onlyPush] },
                events,
                "implicitDeny resource",
            ],
            ["denies anonymous callers", {}, { kind: "anonymous" }, "implicitDeny resource"],
            [
                "allows anonymous callers where everybody is named",
                { resource: [statement("Allow", { Principal: { AWS: "*" } })] },
                { kind: "anonymous" },
                "allow",
            ],
        ];
        for (const [behaviour, documents, principal, expected] of cases) {
            it(behaviour, () => {
                assert.equal(verdict(documents, { principal }), expected);
            });
        }
    });

    describe("with NotPrincipal", () => {
        const others = (effect: "Allow" | "Deny", aws: readonly string[]): object => {
            return statement(effect, { NotPrincipal: { AWS: aws } });
        };
        const cases: readonly (readonly [string, Documents, string])[] = [
            [
                "denies everybody who is not named",
                { identity: [statement("Allow")], resource: [others("Deny", [`${ROLE}-2`])] },
                "explicitDeny resource",
            ],
            [
                "leaves out a role that is named together with its account",
                { identity: [statement("Allow")], resource: [others("Deny", [ROLE, `arn:aws:iam::${ACCOUNT}:root`])] },
                "allow",
            ],
            [
                "denies a role that is named without its account",
                { identity: [statement("Allow")], resource: [others("Deny", [ROLE])] },
                "explicitDeny resource",
            ],
            [
                "denies other roles of an account that is named",
                { identity: [statement("Allow")], resource: [others("Deny", [ACCOUNT])] },
                "explicitDeny resource",
            ],
            ["grants to everybody who is not named", { resource: [others("Allow", [`${ROLE}-2`])] }, "allow"],
            ["does not grant to who is named", { resource: [others("Allow", [ROLE])] }, "implicitDeny identity"],
            [
                "does not grant to who is named by account",
                { resource: [others("Allow", [ACCOUNT])] },
                "implicitDeny identity",
            ],
        ];
        for (const [behaviour, documents, expected] of cases) {
            it(behaviour, () => {
                assert.equal(verdict(documents), expected);
            });
        }
    });

    describe("with a permissions boundary or a session policy", () => {
        const onlySqs = statement("Allow", { Action: "sqs:*" });
        const cases: readonly (readonly [string, Documents, string])[] = [
            ["allows what both allow", { identity: [statement("Allow")], boundary: statement("Allow") }, "allow"],
            ["grants nothing by the boundary alone", { boundary: statement("Allow") }, "implicitDeny identity"],
            [
                "cuts off what the boundary does not allow",
                { identity: [statement("Allow")], boundary: onlySqs },
                "implicitDeny boundary",
            ],
            [
                "denies what the boundary denies",
                { identity: [statement("Allow")], boundary: statement("Deny") },
                "explicitDeny boundary",
            ],
            [
                "cuts off what the session policy does not allow",
                { identity: [statement("Allow")], session: [onlySqs] },
                "implicitDeny session",
            ],
            [
                "denies what the session policy denies",
                { identity: [statement("Allow")], session: [statement("Deny")] },
                "explicitDeny session",
            ],
            [
                "limits what a resource policy grants to the role",
                { boundary: onlySqs, resource: [statement("Allow", { Principal: { AWS: ROLE } })] },
                "implicitDeny boundary",
            ],
            [
                "does not limit what a resource policy grants to the session itself",
                {
                    boundary: onlySqs,
                    session: [onlySqs],
                    resource: [statement("Allow", { Principal: { AWS: SESSION } })],
                },
                "allow",
            ],
        ];
        for (const [behaviour, documents, expected] of cases) {
            it(behaviour, () => {
                assert.equal(verdict(documents), expected);
            });
        }
    });

    describe("across accounts", () => {
        const resource = TABLE.replace(ACCOUNT, OTHER_ACCOUNT);
        const granted = statement("Allow", { Principal: { AWS: ACCOUNT } });
        const cases: readonly (readonly [string, Documents, string])[] = [
            ["needs both sides: the resource's alone is not enough", { resource: [granted] }, "implicitDeny identity"],
            [
                "needs both sides: the identity's alone is not enough",
                { identity: [statement("Allow")] },
                "implicitDeny resource",
            ],
            [
                "allows when the account is granted and its identity policy agrees",
                { identity: [statement("Allow")], resource: [granted] },
                "allow",
            ],
            [
                "keeps the boundary as a ceiling",
                {
                    identity: [statement("Allow")],
                    resource: [granted],
                    boundary: statement("Allow", { Action: "sqs:*" }),
                },
                "implicitDeny boundary",
            ],
        ];
        for (const [behaviour, documents, expected] of cases) {
            it(behaviour, () => {
                assert.equal(verdict(documents, { resource }), expected);
            });
        }

        it("takes the owner as given where the ARN has no account", () => {
            const bucket = { resource: "arn:aws:s3:::bucket/key", resourceAccount: OTHER_ACCOUNT };
            assert.equal(verdict({ identity: [statement("Allow")] }, bucket), "implicitDeny resource");
            assert.equal(verdict({ identity: [statement("Allow")] }, { resource: bucket.resource }), "allow");
        });
    });

    describe("with a role's trust policy", () => {
        const OTHER_ROLE = `arn:aws:iam::${ACCOUNT}:role/other`;
        const assuming = statement("Allow", { Action: "sts:*", Resource: ROLE });
        /** What comes of taking on `ROLE`, which trusts `trusted`, for a caller with these policies of its own. */
        const assume = (
            trusted: object,
            principal: IamPrincipal,
            identity: readonly object[] = [],
            action = "sts:AssumeRole",
        ): string => {
            const document = {
                Version: "2012-10-17",
                Statement: { Effect: "Allow", Principal: trusted, Action: ["sts:AssumeRole", "sts:TagSession"] },
            };
            const decision = evaluate(
                { principal, action, resource: ROLE },
                {
                    identity: identity.map((one) => compilePolicy(one, "identity", "identity")),
                    resource: [compilePolicy(document, "trust", "trust")],
                },
            );
            return decision.effect === "allow" ? "allow" : `${decision.effect} ${decision.layer}`;
        };
        const lambda = { Service: "lambda.amazonaws.com" };
        const caller: IamPrincipal = {
            kind: "role",
            arn: `arn:aws:sts::${ACCOUNT}:assumed-role/other/one`,
            roleArn: OTHER_ROLE,
        };

        it("allows the service that the policy trusts to assume the role, and no other", () => {
            const service = (name: string): IamPrincipal => ({ kind: "service", service: name });
            assert.equal(assume(lambda, service("lambda.amazonaws.com")), "allow");
            assert.equal(assume(lambda, service("ec2.amazonaws.com")), "implicitDeny resource");
        });

        it("lets nobody take on the role whom it does not name, whatever the caller's own policies allow", () => {
            assert.equal(assume(lambda, caller, [assuming]), "implicitDeny resource");
            assert.equal(assume(lambda, user, [assuming]), "implicitDeny resource");
            assert.equal(assume({ AWS: OTHER_ACCOUNT }, caller, [assuming]), "implicitDeny resource");
            assert.equal(assume(lambda, caller, [assuming], "sts:TagSession"), "implicitDeny resource");
            assert.equal(
                assume({ AWS: OTHER_ROLE }, caller, [assuming], "sts:SetSourceIdentity"),
                "implicitDeny resource",
            );
        });

        it("lets in the role or user that it names, who need no policy of their own for it", () => {
            assert.equal(assume({ AWS: OTHER_ROLE }, caller), "allow");
            assert.equal(assume({ AWS: user.arn }, user), "allow");
        });

        it("leaves it to the policies of the account that it names", () => {
            assert.equal(assume({ AWS: ACCOUNT }, caller, [assuming]), "allow");
            assert.equal(assume({ AWS: ACCOUNT }, caller), "implicitDeny identity");
        });

        it("is not asked about other things that are done to the role", () => {
            const getting = statement("Allow", { Action: "iam:GetRole", Resource: ROLE });
            assert.equal(assume(lambda, caller, [getting], "iam:GetRole"), "allow");
        });
    });

    describe("with an action for which AWS defines no resource type", () => {
        const STREAM = `${TABLE}/stream/2026-01-01T00:00:00.000`;
        const list = { action: "dynamodb:ListStreams", resource: STREAM };
        const on = (resource: object): string => {
            return verdict({ identity: [statement("Allow", { Action: "dynamodb:*Stream*", ...resource })] }, list);
        };

        it("takes a grant on * alone", () => {
            assert.equal(on({ Resource: "*" }), "allow");
            assert.equal(on({ Resource: [STREAM, "*"] }), "allow");
            assert.equal(on({ Resource: STREAM }), "implicitDeny identity");
            assert.equal(on({ Resource: "arn:aws:dynamodb:*:*:table/*" }), "implicitDeny identity");
            assert.equal(on({ Resource: "arn:*" }), "implicitDeny identity");
        });

        it("takes a denial on * alone", () => {
            const denying = (resource: string): string => {
                return verdict({ identity: [statement("Allow"), statement("Deny", { Resource: resource })] }, list);
            };
            assert.equal(denying("*"), "explicitDeny identity");
            assert.equal(denying(STREAM), "allow");
        });

        it("takes everything but some resources for a grant, since * is none of them", () => {
            assert.equal(on({ Resource: undefined, NotResource: STREAM }), "allow");
        });

        it("goes by the ARN with every other action", () => {
            const describing = { action: "dynamodb:DescribeStream", resource: STREAM };
            assert.equal(verdict({ identity: [statement("Allow", { Resource: STREAM })] }, describing), "allow");
        });
    });

    describe("what it reports", () => {
        it("names every statement that allows, with its policy and Sid", () => {
            const two = {
                Version: "2012-10-17",
                Statement: [{ Sid: "Write", Effect: "Allow", Action: "dynamodb:*", Resource: "*" }],
            };
            assert.deepEqual(decide({ identity: [statement("Allow", { Action: "sqs:*" }), two, statement("Allow")] }), {
                effect: "allow",
                matched: [
                    { policy: "identity-1", statement: 0, sid: "Write" },
                    { policy: "identity-2", statement: 0, sid: undefined },
                ],
            });
        });

        it("names every statement that denies, of all layers", () => {
            const decision = decide({ identity: [statement("Deny")], session: [statement("Deny")] });
            assert.deepEqual(decision, {
                effect: "explicitDeny",
                layer: "identity",
                matched: [
                    { policy: "identity-0", statement: 0, sid: undefined },
                    { policy: "session-0", statement: 0, sid: undefined },
                ],
            });
        });
    });

    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html#policies_evaluation_example
    describe("the documentation's example of a user, his bucket and his logs", () => {
        const identity = [
            {
                Version: "2012-10-17",
                Statement: [
                    {
                        Sid: "AllowS3ListRead",
                        Effect: "Allow",
                        Action: ["s3:GetBucketLocation", "s3:ListAllMyBuckets"],
                        Resource: "arn:aws:s3:::*",
                    },
                    {
                        Sid: "AllowS3Self",
                        Effect: "Allow",
                        Action: "s3:*",
                        Resource: ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"],
                    },
                    { Sid: "DenyS3Logs", Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::*log*" },
                ],
            },
        ];
        const put = (bucket: string): Partial<IamRequest> => {
            return { principal: user, action: "s3:PutObject", resource: `arn:aws:s3:::${bucket}/file` };
        };

        it("denies the logs explicitly, allows his bucket, and denies any other bucket implicitly", () => {
            assert.equal(verdict({ identity }, put("carlossalazar-logs")), "explicitDeny identity");
            assert.equal(verdict({ identity }, put("carlossalazar")), "allow");
            assert.equal(verdict({ identity }, put("someone-else")), "implicitDeny identity");
        });
    });
});
