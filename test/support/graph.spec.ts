import * as assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { recordFailure, recordGraph } from "./graph";

describe("recordGraph", () => {
    it("records type, name, parent, inputs, dependencies and protection of each resource", async () => {
        const graph = await recordGraph(() => {
            const parent = new pulumi.ComponentResource("push-gateway:index:Anything", "parent");
            const queue = new aws.sqs.Queue("queue", {}, { parent, protect: true });
            new aws.sqs.QueuePolicy("policy", { queueUrl: queue.url, policy: pulumi.secret("{}") });
        });
        assert.deepEqual(graph.resources.slice(1), [
            {
                type: "aws:sqs/queue:Queue",
                name: "queue",
                parent: "parent",
                custom: true,
                inputs: {},
                secretInputs: [],
                dependencies: [],
                protect: true,
                outputs: [],
            },
            {
                type: "aws:sqs/queuePolicy:QueuePolicy",
                name: "policy",
                parent: "",
                custom: true,
                inputs: { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/queue-0000000", policy: "{}" },
                secretInputs: ["policy"],
                dependencies: ["queue"],
                protect: false,
                outputs: [],
            },
        ]);
    });

    it("records which outputs a component registers", async () => {
        const graph = await recordGraph(() => {
            class Component extends pulumi.ComponentResource {
                constructor(name: string) {
                    super("push-gateway:index:Anything", name);
                    this.registerOutputs({ b: pulumi.output(1), a: 2 });
                }
            }
            new Component("component");
        });
        assert.deepEqual(graph.one("push-gateway:index:Anything", "component").outputs, ["a", "b"]);
    });

    it("fails on a type that the mocks do not know, and names it", async () => {
        await assert.rejects(
            recordGraph(() => new aws.s3.Bucket("bucket")),
            /do not know aws:s3\/bucket:Bucket \("bucket"\): add what AWS would answer/,
        );
    });

    it("fails when the program throws, now or in an apply that nobody awaits", async () => {
        const failing = (): never => {
            throw new Error("no");
        };
        await assert.rejects(recordGraph(failing), /^Error: no$/);
        await assert.rejects(
            recordGraph(() => {
                pulumi.output(1).apply(failing);
            }),
            /^Error: no$/,
        );
    });

    it("fails on an invoke", async () => {
        await assert.rejects(
            recordGraph(() => aws.getRegionOutput()),
            /aws:index\/getRegion:getRegion/,
        );
    });

    it("shows what a preview does not know", async () => {
        const graph = await recordGraph(
            () => {
                const queue = new aws.sqs.Queue("queue", { delaySeconds: 5 });
                new aws.sqs.QueuePolicy("policy", {
                    queueUrl: queue.url,
                    policy: pulumi.jsonStringify({ delay: queue.delaySeconds }),
                });
            },
            { preview: true },
        );
        const { queueUrl, policy } = graph.one("aws:sqs/queuePolicy:QueuePolicy", "policy").inputs;
        assert.deepEqual({ queueUrl, policy }, { queueUrl: "<unknown>", policy: '{"delay":5}' });
    });

    it("hands the failure to a test that expects one, and complains where there is none", async () => {
        const { errors } = await recordFailure(() => {
            throw new Error("no");
        });
        assert.deepEqual(errors, ["no"]);
        await assert.rejects(
            recordFailure(() => undefined),
            /was expected to fail/,
        );
    });
});
