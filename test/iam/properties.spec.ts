import assert from "node:assert/strict";
import fc from "fast-check";
import {
    compilePolicy,
    evaluate,
    matchesPattern,
    patternCovers,
    patternsIntersect,
    type IamRequest,
    type PolicySet,
} from "../../iam";

const ACTIONS = ["a:One", "a:Two", "b:One", "*", "a:*", "?:One", "a:T?o"];
const ARN = "arn:aws:a:r:1:";
const RESOURCES = ["*", `${ARN}x`, "arn:*", "arn:aws:a", `${ARN}y*`, `${ARN}\${k:one}`, "arn:${k:one}:a", `${ARN}?`];
const VALUES = ["x", "y", "*", "${k:two}", "x*"];
const PRINCIPALS = [
    "*",
    { AWS: "111122223333" },
    { AWS: "arn:aws:iam::111122223333:role/r" },
    { AWS: ["arn:aws:sts::111122223333:assumed-role/r/s", "444455556666"] },
    { Service: "events.amazonaws.com" },
];

const oneOrMore = (values: readonly string[]): fc.Arbitrary<readonly string[]> => {
    return fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
};

const oneCondition = fc.record({
    operator: fc.constantFrom(
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLikeIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotEquals",
        "ForAnyValue:StringEqualsIfExists",
    ),
    key: fc.constantFrom("k:one", "k:two"),
    values: oneOrMore(VALUES),
});

const statement = fc.record({
    effect: fc.constantFrom("Allow", "Deny"),
    action: fc.record({ inverted: fc.boolean(), patterns: oneOrMore(ACTIONS) }),
    resource: fc.record({ inverted: fc.boolean(), patterns: oneOrMore(RESOURCES) }),
    condition: fc.option(oneCondition, { nil: undefined }),
    principal: fc.record({ inverted: fc.boolean(), who: fc.constantFrom(...PRINCIPALS) }),
});
type GeneratedStatement = typeof statement extends fc.Arbitrary<infer T> ? T : never;

/** Every layer; a boundary and a session policy only where they have statements. */
const layers = fc.record({
    identity: fc.array(statement, { maxLength: 3 }),
    resource: fc.array(statement, { maxLength: 3 }),
    boundary: fc.array(statement, { maxLength: 2 }),
    session: fc.array(statement, { maxLength: 2 }),
});
type Layers = typeof layers extends fc.Arbitrary<infer T> ? T : never;

const values = fc.option(
    fc.oneof(fc.constantFrom("x", "y", "", "*"), fc.array(fc.constantFrom("x", "y"), { maxLength: 2 })),
    { nil: undefined },
);
const request: fc.Arbitrary<IamRequest> = fc
    .record({
        principal: fc.constantFrom<IamRequest["principal"]>(
            {
                kind: "role",
                arn: "arn:aws:sts::111122223333:assumed-role/r/s",
                roleArn: "arn:aws:iam::111122223333:role/r",
            },
            { kind: "user", arn: "arn:aws:iam::111122223333:user/u" },
            { kind: "service", service: "events.amazonaws.com" },
            { kind: "anonymous" },
        ),
        action: fc.constantFrom("a:One", "A:one", "a:Two", "b:One", "c:Three"),
        resource: fc.constantFrom(`${ARN}x`, `${ARN}y`, `${ARN}yy`, `${ARN}*`),
        resourceAccount: fc.constantFrom("111122223333", "444455556666"),
        one: values,
        two: values,
    })
    .map(({ one, two, ...rest }) => ({
        ...rest,
        context: { ...(one === undefined ? {} : { "k:one": one }), ...(two === undefined ? {} : { "K:Two": two }) },
    }));

function toDocument(statements: readonly GeneratedStatement[], withPrincipal: boolean): object {
    return {
        Version: "2012-10-17",
        Statement: statements.map(({ effect, action, resource, condition, principal }) => ({
            Effect: effect,
            [action.inverted ? "NotAction" : "Action"]: action.patterns,
            [resource.inverted ? "NotResource" : "Resource"]: resource.patterns,
            ...(withPrincipal ? { [principal.inverted ? "NotPrincipal" : "Principal"]: principal.who } : {}),
            ...(condition === undefined
                ? {}
                : { Condition: { [condition.operator]: { [condition.key]: condition.values } } }),
        })),
    };
}

function decide(asked: IamRequest, policies: Layers): string {
    const compile = (list: readonly GeneratedStatement[], grammar: "identity" | "resource"): PolicySet["identity"] => {
        return list.length === 0 ? [] : [compilePolicy(toDocument(list, grammar === "resource"), grammar, grammar)];
    };
    const [boundary] = compile(policies.boundary, "identity");
    return evaluate(asked, {
        identity: compile(policies.identity, "identity"),
        resource: compile(policies.resource, "resource"),
        session: compile(policies.session, "identity"),
        ...(boundary === undefined ? {} : { boundary }),
    }).effect;
}

const layer = fc.constantFrom("identity", "resource", "boundary", "session");

describe("properties of decisions", () => {
    it("a Deny that is added never grants", () => {
        fc.assert(
            fc.property(request, layers, layer, statement, (asked, policies, where, added) => {
                // The first statement of a boundary or session policy makes a ceiling; it too only takes away.
                const after = { ...policies, [where]: [...policies[where], { ...added, effect: "Deny" }] };
                if (decide(asked, after) === "allow") {
                    assert.equal(decide(asked, policies), "allow");
                }
            }),
            { numRuns: 2_000 },
        );
    });

    it("an Allow that is added never revokes, where it does not begin a ceiling", () => {
        fc.assert(
            fc.property(request, layers, layer, statement, (asked, policies, where, added) => {
                fc.pre(where === "identity" || where === "resource" || policies[where].length > 0);
                const after = { ...policies, [where]: [...policies[where], { ...added, effect: "Allow" }] };
                if (decide(asked, policies) === "allow") {
                    assert.equal(decide(asked, after), "allow");
                }
            }),
            { numRuns: 2_000 },
        );
    });

    it("the order of statements, and how they are split into policies, does not matter", () => {
        const shuffled = layers.chain((policies) => {
            return fc.record({
                policies: fc.constant(policies),
                identity: fc.shuffledSubarray(policies.identity, { minLength: policies.identity.length }),
                resource: fc.shuffledSubarray(policies.resource, { minLength: policies.resource.length }),
            });
        });
        fc.assert(
            fc.property(request, shuffled, (asked, { policies, identity, resource }) => {
                const whole = decide(asked, policies);
                assert.equal(decide(asked, { ...policies, identity, resource }), whole);
                const split = evaluate(asked, {
                    identity: identity.map((one) => compilePolicy(toDocument([one], false), "p", "identity")),
                    resource: resource.map((one) => compilePolicy(toDocument([one], true), "p", "resource")),
                });
                assert.equal(split.effect, decide(asked, { ...policies, boundary: [], session: [] }));
            }),
            { numRuns: 1_000 },
        );
    });

    it("a ceiling never grants", () => {
        fc.assert(
            fc.property(request, layers, (asked, policies) => {
                if (decide(asked, policies) === "allow") {
                    assert.equal(decide(asked, { ...policies, boundary: [], session: [] }), "allow");
                }
            }),
            { numRuns: 1_000 },
        );
    });
});

/** The definition, without cleverness: exponential, and right. */
function naiveMatch(pattern: string, text: string): boolean {
    if (pattern === "") {
        return text === "";
    }
    const rest = pattern.slice(1);
    if (pattern.startsWith("*")) {
        return naiveMatch(rest, text) || (text !== "" && naiveMatch(pattern, text.slice(1)));
    }
    return text !== "" && (pattern.startsWith("?") || pattern[0] === text[0]) && naiveMatch(rest, text.slice(1));
}

const ALPHABET = ["a", "b", ":"];
const text = fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom("*", "?", ...ALPHABET), maxLength: 7 });
const shortPattern = fc.string({ unit: fc.constantFrom("*", "?", "a", "b"), maxLength: 4 });

/** Every text of up to seven characters over two named letters and one that no pattern names: enough for four steps. */
const TEXTS: readonly string[] = Array.from({ length: 7 }).reduce<readonly string[]>(
    (texts) => ["", ...texts.flatMap((shorter) => ["a", "b", "z"].map((letter) => letter + shorter))],
    [""],
);

describe("properties of patterns", () => {
    it("matching agrees with the naive definition", () => {
        fc.assert(
            fc.property(pattern, text, (wild, plain) => {
                assert.equal(matchesPattern(wild, plain), naiveMatch(wild, plain));
            }),
            { numRuns: 20_000 },
        );
    });

    it("every expansion of the wildcards matches", () => {
        fc.assert(
            fc.property(pattern, fc.array(text, { minLength: 7, maxLength: 7 }), (wild, fill) => {
                let used = 0;
                const expanded = wild.replaceAll(/[*?]/g, (wildcard) => {
                    const value = fill[used++] ?? "";
                    return wildcard === "*" ? value : `${value}x`.charAt(0);
                });
                assert.equal(matchesPattern(wild, expanded), true);
            }),
            { numRuns: 2_000 },
        );
    });

    it("patterns intersect exactly when some text fits both", () => {
        fc.assert(
            fc.property(shortPattern, shortPattern, (left, right) => {
                const common = TEXTS.some((plain) => naiveMatch(left, plain) && naiveMatch(right, plain));
                assert.equal(patternsIntersect(left, right), common);
            }),
            { numRuns: 300 },
        );
    });

    it("a pattern covers another exactly when every text of the other fits it", () => {
        fc.assert(
            fc.property(shortPattern, shortPattern, (outer, inner) => {
                const covered = TEXTS.every((plain) => !naiveMatch(inner, plain) || naiveMatch(outer, plain));
                assert.equal(patternCovers(outer, inner), covered);
            }),
            { numRuns: 300 },
        );
    });

    it("a hostile pattern does not take for ever", () => {
        assert.equal(matchesPattern("*a".repeat(2_000), "a".repeat(1_999)), false);
    });
});
