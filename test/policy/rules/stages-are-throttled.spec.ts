import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "stages-are-throttled";

describe("the rule stages-are-throttled", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds a stage that may take all of the account's requests", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Stage", "push-websocket-stage", {
                defaultRouteSettings: { throttlingRateLimit: 10_000, throttlingBurstLimit: 5000 },
            });
        await assertFound(mistaken(platform), [RULE, "push-websocket-stage"]);
    });

    it("a route with limits of its own that are none", async () => {
        await assertFound(
            changedTo(platform, "Stage", "push-websocket-stage", {
                defaultRouteSettings: { throttlingRateLimit: 100, throttlingBurstLimit: 100 },
                routeSettings: [{ routeKey: "$default", throttlingRateLimit: 0 }],
            }),
            ["stages-are-throttled", "push-websocket-stage"],
        );
    });
});
