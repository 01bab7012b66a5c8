import { assertFound, policyOf } from "../support/findings";
import { changedTo, one, withResource, withStatement } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "only-gateway-uses-its-queues";
const WEBHOOK = "webhook-policy";

describe("the rule only-gateway-uses-its-queues", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a delivery queue that another account may fill", async () => {
        const mistaken = (stack: Stack): Stack =>
            withResource(stack, "aws:sqs/queuePolicy:QueuePolicy", "open", {
                queueUrl: one(stack, "Queue", "push-delivery-queue").outputs["url"],
                policy: JSON.stringify({
                    Version: "2012-10-17",
                    Statement: [
                        {
                            Effect: "Allow",
                            Principal: { AWS: "210987654321" },
                            Action: "sqs:SendMessage",
                            Resource: one(stack, "Queue", "push-delivery-queue").outputs["arn"],
                        },
                    ],
                }),
            });
        await assertFound(mistaken(platform), [RULE, "open"]);
    });

    const USES = "only-gateway-uses-its-queues";
    const queue = (name: string): Readonly<Record<string, unknown>> => one(platform, "Queue", name).outputs;

    it("a statement on them, to fill, to read or to change them", async () => {
        for (const Action of ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:SetQueueAttributes"]) {
            for (const name of ["push-delivery-queue", "push-delivery-dead-letters"]) {
                const statement = { Action, Resource: queue(name)["arn"] };
                await assertFound(withStatement(example, WEBHOOK, statement), [USES, WEBHOOK]);
            }
        }
    });

    it("a policy of theirs that is for others than the gateway's rule", async () => {
        const { arn: Resource, url: queueUrl } = queue("push-delivery-queue");
        const EVENTS = { Service: "events.amazonaws.com" };
        const SourceArn = "arn:aws:events:us-east-1:123456789012:rule/mine";
        for (const opened of [
            { Principal: "*" },
            { Principal: "*", Condition: { Bool: { "aws:SecureTransport": true } } },
            { Principal: { AWS: "210987654321" } },
            { Principal: EVENTS },
            { Principal: EVENTS, Condition: { ArnEquals: { "aws:SourceArn": SourceArn } } },
        ]) {
            const policy = policyOf({ Effect: "Allow", Action: "sqs:SendMessage", Resource, ...opened });
            for (const stack of [platform, example]) {
                await assertFound(
                    withResource(stack, "aws:sqs/queuePolicy:QueuePolicy", "open", { queueUrl, policy }),
                    [USES, "open"],
                );
            }
        }
    });

    it("a queue's inline policy", async () => {
        const policy = policyOf({ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" });
        await assertFound(changedTo(platform, "Queue", "push-delivery-queue", { policy }), [
            USES,
            "push-delivery-queue",
        ]);
    });

    it("another queue whose failed messages SQS moves there", async () => {
        const redrivePolicy = JSON.stringify({
            deadLetterTargetArn: queue("push-delivery-queue")["arn"],
            maxReceiveCount: 1,
        });
        for (const type of ["aws:sqs/queue:Queue", "aws:sqs/redrivePolicy:RedrivePolicy"]) {
            for (const stack of [platform, example]) {
                await assertFound(withResource(stack, type, "door", { redrivePolicy }), [USES, "door"]);
            }
        }
    });

    it("but leaves a team its own queues", async () => {
        const { arn, url: queueUrl } = one(example, "Queue", "order-changes-dead-letters").outputs;
        const Principal = { AWS: "210987654321" };
        const policy = policyOf({ Effect: "Allow", Principal, Action: "sqs:SendMessage", Resource: arn });
        await assertFound(
            withResource(
                withStatement(example, WEBHOOK, { Action: "sqs:ReceiveMessage", Resource: arn }),
                "aws:sqs/queuePolicy:QueuePolicy",
                "own",
                { queueUrl, policy },
            ),
        );
    });
});
