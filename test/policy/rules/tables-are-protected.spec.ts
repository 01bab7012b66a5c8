import { assertFound } from "../support/findings";
import { changedTo, one } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "tables-are-protected";
const REGISTRY = "push-registry-connections";

describe("the rule tables-are-protected", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds a table of production that DynamoDB would delete", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Table", REGISTRY, { deletionProtectionEnabled: false });
        await assertFound(mistaken(platform), [RULE, REGISTRY]);
    });

    it("finds a table of production that `pulumi destroy` would delete", async () => {
        const mistaken = (stack: Stack): Stack =>
            stack.map((resource) => {
                return resource === one(stack, "Table", "push-namespaces") ? { ...resource, protect: false } : resource;
            });
        await assertFound(mistaken(platform), [RULE, "push-namespaces"]);
    });
});
