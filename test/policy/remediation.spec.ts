import * as assert from "node:assert/strict";
import { diagnose, remediate } from "./support/analyzer";
import { changedTo, one } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { platformStack } from "./support/our-stacks";
import { UNKNOWN } from "./support/recorded-stack";

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

    it("leave a retention that somebody chose", async () => {
        const chosen = one(changedTo(stack, "LogGroup", LOGS, { retentionInDays: 3653 }), "LogGroup", LOGS);
        assert.deepEqual(await remediate(chosen), {});
    });
});
