import { assertFound } from "../support/findings";
import { changed, changedTo, withResource } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "stream-sources-bound-failures";
function withStreamParameters(given: unknown, change: object): object {
    const source = given as { readonly dynamodbStreamParameters: object };
    return { ...source, dynamodbStreamParameters: { ...source.dynamodbStreamParameters, ...change } };
}

describe("the rule stream-sources-bound-failures", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a pipe that stops at the first bad record", async () => {
        const mistaken = (stack: Stack): Stack =>
            changed(stack, "Pipe", "order-changes-pipe", (properties) => ({
                ...properties,
                sourceParameters: withStreamParameters(properties["sourceParameters"], {
                    maximumRetryAttempts: undefined,
                }),
            }));
        await assertFound(mistaken(example), [RULE, "order-changes-pipe"]);
    });

    it("retries without end, written as a number", async () => {
        const mapping = (properties: Readonly<Record<string, unknown>>): Stack =>
            withResource(platform, "aws:lambda/eventSourceMapping:EventSourceMapping", "stream", {
                eventSourceArn: "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s",
                functionName: "f",
                startingPosition: "LATEST",
                bisectBatchOnFunctionError: true,
                maximumRetryAttempts: 5,
                destinationConfig: { onFailure: { destinationArn: "arn:aws:sqs:us-east-1:123456789012:q" } },
                ...properties,
            });
        await assertFound(mapping({}));
        for (const change of [
            { maximumRetryAttempts: -1 },
            { maximumRetryAttempts: 10_000 },
            { bisectBatchOnFunctionError: false },
            { destinationConfig: {} },
        ]) {
            await assertFound(mapping(change), ["stream-sources-bound-failures", "stream"]);
        }
    });

    it("a pipe on a stream that sets nothing", async () => {
        await assertFound(
            changedTo(example, "Pipe", "order-changes-pipe", { sourceParameters: undefined }),
            ["stream-sources-bound-failures", "order-changes-pipe"],
            ["stream-sources-bound-failures", "order-changes-pipe"],
            ["stream-sources-bound-failures", "order-changes-pipe"],
        );
    });
});
