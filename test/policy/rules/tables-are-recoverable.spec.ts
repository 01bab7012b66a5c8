import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "tables-are-recoverable";

describe("the rule tables-are-recoverable", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a table without point-in-time recovery", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Table", "orders", { pointInTimeRecovery: undefined });
        await assertFound(mistaken(example), [RULE, "orders"]);
    });
});
