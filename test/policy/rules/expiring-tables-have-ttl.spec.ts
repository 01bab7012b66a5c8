import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "expiring-tables-have-ttl";
const REGISTRY = "push-registry-connections";

describe("the rule expiring-tables-have-ttl", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds the registry without a TTL", async () => {
        const mistaken = (stack: Stack): Stack => changedTo(stack, "Table", REGISTRY, { ttl: undefined });
        await assertFound(mistaken(platform), [RULE, REGISTRY]);
    });

    it("finds the log with its TTL turned off", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Table", "push-log-messages", {
                ttl: { attributeName: "expiresAt", enabled: false },
            });
        await assertFound(mistaken(platform), [RULE, "push-log-messages"]);
    });

    it("finds a TTL on an attribute that no row has", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Table", REGISTRY, { ttl: { attributeName: "expires_at", enabled: true } });
        await assertFound(mistaken(platform), [RULE, REGISTRY]);
    });
});
