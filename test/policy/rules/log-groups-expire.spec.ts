import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "log-groups-expire";
const NOTIFY = "push-notifier-notify";

describe("the rule log-groups-expire", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds a log group that keeps everything", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "LogGroup", `${NOTIFY}-logs`, { retentionInDays: undefined });
        await assertFound(mistaken(platform), [RULE, `${NOTIFY}-logs`]);
    });
});
