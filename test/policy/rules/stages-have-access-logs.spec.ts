import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "stages-have-access-logs";

describe("the rule stages-have-access-logs", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds a stage without an access log", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Stage", "push-websocket-stage", { accessLogSettings: undefined });
        await assertFound(mistaken(platform), [RULE, "push-websocket-stage"]);
    });

    it("an access log without a format", async () => {
        await assertFound(
            changedTo(platform, "Stage", "push-websocket-stage", {
                accessLogSettings: {
                    destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:g",
                    format: "",
                },
            }),
            ["stages-have-access-logs", "push-websocket-stage"],
        );
    });
});
