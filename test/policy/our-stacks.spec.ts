import * as assert from "node:assert/strict";
import { diagnose } from "./support/analyzer";
import { ENVIRONMENTS, exampleStack, platformStack } from "./support/our-stacks";

describe("the policy pack over our own stacks", () => {
    for (const environment of ENVIRONMENTS) {
        it(`finds nothing in the platform stack of ${environment}`, async () => {
            const stack = await platformStack(environment);
            assert.ok(stack.length > 40);
            assert.deepEqual(await diagnose(stack), []);
        });
    }

    it("finds nothing in a platform stack with a VPC and the account's logging", async () => {
        const config = {
            "push-gateway:network": JSON.stringify({ create: true }),
            "push-gateway:manageApiGatewayLogging": "true",
        };
        assert.deepEqual(await diagnose(await platformStack("prod", { config })), []);
    });

    it("finds nothing in the example's stack", async () => {
        const stack = await exampleStack();
        assert.ok(stack.length > 20);
        assert.deepEqual(await diagnose(stack), []);
    });
});
