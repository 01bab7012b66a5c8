import { assertFound } from "../support/findings";
import { changed, changedTo } from "../support/mutations";
import { exampleStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "policies-are-readable";

describe("the rule policies-are-readable", () => {
    let example: Stack;
    before(async () => {
        example = await exampleStack();
    });

    it("finds a policy with a misspelt member", async () => {
        const mistaken = (stack: Stack): Stack =>
            changed(stack, "RolePolicy", "webhook-policy", (properties) => ({
                ...properties,
                policy: String(properties["policy"]).replace('"Resource"', '"Resources"'),
            }));
        await assertFound(mistaken(example), [RULE, "webhook-policy"]);
    });

    it("finds a trust policy that is none, since that cannot be judged", async () => {
        await assertFound(changedTo(example, "Role", "webhook-role", { assumeRolePolicy: "{" }), [
            "policies-are-readable",
            "webhook-role",
        ]);
    });
});
