import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "event-targets-have-dead-letters";

describe("the rule event-targets-have-dead-letters", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds a target that loses what it cannot deliver", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "EventTarget", "push-notifier-target", { deadLetterConfig: undefined });
        await assertFound(mistaken(platform), [RULE, "push-notifier-target"]);
    });

    it("a target whose retries are AWS's default", async () => {
        await assertFound(
            changedTo(platform, "EventTarget", "push-notifier-target", { retryPolicy: undefined }),
            ["event-targets-have-dead-letters", "push-notifier-target"],
            ["event-targets-have-dead-letters", "push-notifier-target"],
        );
    });
});
