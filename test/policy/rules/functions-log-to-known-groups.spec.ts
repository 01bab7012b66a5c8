import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "functions-log-to-known-groups";
const NOTIFY = "push-notifier-notify";

describe("the rule functions-log-to-known-groups", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a function whose log group Lambda makes", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Function", `${NOTIFY}-function`, { loggingConfig: undefined });
        await assertFound(mistaken(platform), [RULE, `${NOTIFY}-function`]);
    });

    it("a log group that the function does not log to", async () => {
        await assertFound(
            changedTo(example, "Function", "page-function", {
                loggingConfig: { logFormat: "Text", logGroup: "elsewhere" },
            }),
            ["functions-log-to-known-groups", "page-function"],
        );
    });
});
