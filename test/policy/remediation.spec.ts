import * as assert from "node:assert/strict";
import type { ResourceValidationArgs } from "@pulumi/policy";
import { checkGraph } from "../../policy/check";
import { expiringTablesHaveTtl } from "../../policy/rules/expiring-tables-have-ttl";
import { logGroupsExpire } from "../../policy/rules/log-groups-expire";
import { diagnose, remediate } from "./support/analyzer";
import { changedTo, one, withResource } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { platformStack } from "./support/our-stacks";
import type { WireProperties } from "./support/recorded-stack";
import { UNKNOWN } from "./support/recorded-stack";

const TABLE = "aws:dynamodb/table:Table";
const REGISTRY = "push-registry-connections";
const LOGS = "push-notifier-notify-logs";

describe("the policy pack's remediations", () => {
    let stack: Stack;
    before(async () => {
        stack = await platformStack("prod");
    });

    it("leave a compliant stack as it is", async () => {
        for (const resource of stack) {
            assert.deepEqual(await remediate(resource), {});
        }
    });

    const fixes = [
        {
            rule: "expiring-tables-have-ttl",
            type: "Table",
            name: REGISTRY,
            broken: [{ ttl: undefined }, { ttl: { attributeName: "expires", enabled: true } }],
            fixed: { ttl: { attributeName: "expiresAt", enabled: true } },
        },
        {
            rule: "tables-are-recoverable",
            type: "Table",
            name: REGISTRY,
            broken: [{ pointInTimeRecovery: undefined }, { pointInTimeRecovery: { enabled: false } }],
            fixed: { pointInTimeRecovery: { enabled: true } },
        },
        {
            rule: "log-groups-expire",
            type: "LogGroup",
            name: LOGS,
            broken: [{ retentionInDays: undefined }, { retentionInDays: 0 }],
            fixed: { retentionInDays: 30 },
        },
    ];
    for (const { rule, type, name, broken, fixed } of fixes) {
        it(`of ${rule} change that one property, and the result complies`, async () => {
            for (const change of broken) {
                const before = one(changedTo(stack, type, name, change), type, name);
                const after = await remediate(before);
                assert.deepEqual(Object.keys(after), [rule]);
                assert.deepEqual(after[rule], { ...one(stack, type, name).inputs, ...fixed });
                assert.deepEqual(await diagnose(changedTo(stack, type, name, after[rule])), []);
            }
        });
    }

    it("mend several things at once", async () => {
        const broken = changedTo(stack, "Table", REGISTRY, { ttl: undefined, pointInTimeRecovery: undefined });
        const after = await remediate(one(broken, "Table", REGISTRY));
        assert.deepEqual(Object.keys(after), ["expiring-tables-have-ttl", "tables-are-recoverable"]);
        assert.deepEqual(after["tables-are-recoverable"], one(stack, "Table", REGISTRY).inputs);
    });

    it("keep values that a preview does not know", async () => {
        const broken = changedTo(stack, "Table", REGISTRY, { ttl: undefined, tags: { owner: UNKNOWN } });
        const after = await remediate(one(broken, "Table", REGISTRY));
        assert.deepEqual(after["expiring-tables-have-ttl"]?.["tags"], { owner: UNKNOWN });
    });

    describe("of expiring-tables-have-ttl in tables that are not the gateway's", () => {
        const RULE = "expiring-tables-have-ttl";
        const OTHER = { attributeName: "deleteAt", enabled: true };
        const coupons = (properties: WireProperties = {}): Stack =>
            withResource(stack, TABLE, "coupons", {
                hashKey: "code",
                attributes: [
                    { name: "code", type: "S" },
                    { name: "expiresAt", type: "N" },
                ],
                globalSecondaryIndexes: [
                    { name: "by-expiry", hashKey: "code", rangeKey: "expiresAt", projectionType: "ALL" },
                ],
                serverSideEncryption: { enabled: true },
                pointInTimeRecovery: { enabled: true },
                deletionProtectionEnabled: true,
                ...properties,
            }).map((resource) => ({ ...resource, protect: true }));
        const named = (stackWithCoupons: Stack) => {
            const { urn, type, name, inputs } = one(stackWithCoupons, "Table", "coupons");
            const props = structuredClone(inputs);
            const given = settings({ tables: ["coupons"] });
            return { urn, type, name, props, ...given } as unknown as ResourceValidationArgs;
        };

        it("delete nothing because an index is made of expiresAt", async () => {
            for (const ttl of [undefined, OTHER, { attributeName: "expiresAt", enabled: false }]) {
                assert.deepEqual(await remediate(one(coupons({ ttl }), "Table", "coupons")), {});
                assert.deepEqual(await diagnose(coupons({ ttl })), []);
            }
        });

        it("set a TTL where the settings name the table and it has none that is enabled", () => {
            for (const ttl of [undefined, { ...OTHER, enabled: false }]) {
                const args = named(coupons({ ttl }));
                assert.equal(expiringTablesHaveTtl.remediateResource?.(args), args.props);
                assert.deepEqual(args.props["ttl"], { attributeName: "expiresAt", enabled: true });
            }
        });

        it("report another attribute there, and leave it", async () => {
            const args = named(coupons({ ttl: OTHER }));
            assert.equal(expiringTablesHaveTtl.remediateResource?.(args), undefined);
            assert.deepEqual(args.props["ttl"], OTHER);
            const found = await checkGraph([{ ...args, protect: true }], { [RULE]: { tables: ["coupons"] } });
            assert.deepEqual(
                found.map(({ policy }) => policy),
                [RULE],
            );
        });
    });

    const limits: readonly (readonly [given: Readonly<Record<string, number>>, days: number])[] = [
        [{ maxRetentionDays: 14 }, 14],
        [{ maxRetentionDays: 20 }, 14],
        [{ retentionDays: 100 }, 90],
        [{ retentionDays: 3653, maxRetentionDays: 364 }, 180],
        [{ maxRetentionDays: 1 }, 1],
    ];
    for (const [given, days] of limits) {
        it(`of log-groups-expire keep entries for ${days} days with ${JSON.stringify(given)}, and comply`, async () => {
            const { urn, type, name, inputs } = one(stack, "LogGroup", LOGS);
            const props = { ...inputs, retentionInDays: undefined };
            const args = { urn, type, name, props, ...settings(given) } as unknown as ResourceValidationArgs;
            assert.deepEqual(logGroupsExpire.remediateResource?.(args), { ...props, retentionInDays: days });
            assert.deepEqual(await checkGraph([args], { "log-groups-expire": given }), []);
        });
    }

    it("leave a retention that somebody chose", async () => {
        const chosen = one(changedTo(stack, "LogGroup", LOGS, { retentionInDays: 3653 }), "LogGroup", LOGS);
        assert.deepEqual(await remediate(chosen), {});
    });
});

/** What the engine's server adds to a resource when it calls a rule that is configured so. */
function settings(given: Readonly<Record<string, unknown>>): object {
    return { getConfig: () => given, notApplicable: () => assert.fail("The rule is about this resource.") };
}
