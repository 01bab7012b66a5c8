import { assertFound } from "../support/findings";
import { changedTo } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "tables-are-encrypted";

describe("the rule tables-are-encrypted", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a table under DynamoDB's own key", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Table", "orders", { serverSideEncryption: { enabled: false } });
        await assertFound(mistaken(example), [RULE, "orders"]);
    });
});
