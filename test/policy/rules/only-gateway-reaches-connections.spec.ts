import { assertFound } from "../support/findings";
import { withStatement } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "only-gateway-reaches-connections";

describe("the rule only-gateway-reaches-connections", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a service that posts to connections itself", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatement(stack, "webhook-policy", {
                Action: "execute-api:ManageConnections",
                Resource: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/v1/POST/@connections/*",
            });
        await assertFound(mistaken(example), [RULE, "webhook-policy"]);
    });
});
