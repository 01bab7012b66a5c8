import assert from "node:assert/strict";
import { ADMINISTRATOR } from "../../../local/signing/credentials";
import { eventsBehaviours } from "../../../local/services/events/resources";
import { pipesBehaviours } from "../../../local/services/pipes/resources";
import type { Created, ResourceBehaviours } from "../../../local/resources/resource";
import { sqsBehaviours } from "../../../local/services/sqs/resources";
import { creator, registration, update } from "../../support/registrations";
import { ROLE_ARN, TestServices } from "../../support/test-services";

const QUEUE = "aws:sqs/queue:Queue";
const POLICY = "aws:sqs/queuePolicy:QueuePolicy";
const BUS = "aws:cloudwatch/eventBus:EventBus";
const RULE = "aws:cloudwatch/eventRule:EventRule";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const PIPE = "aws:pipes/pipe:Pipe";

describe("Queues, buses, rules and pipes of a graph", () => {
    let services: TestServices;
    let behaviours: ResourceBehaviours;
    let create: ReturnType<typeof creator>;

    beforeEach(async () => {
        services = await TestServices.start();
        behaviours = {
            ...sqsBehaviours(services.queues),
            ...eventsBehaviours(services.events),
            ...pipesBehaviours(services.pipes),
        };
        create = creator(behaviours);
    });

    afterEach(async () => {
        await services.close();
    });

    it("carry an item's change from its stream through pipe, bus and rule to a queue", async () => {
        const stream = services.stream("orders");
        const deadLetters = await create(QUEUE, "dead-letters");
        const received = await create(QUEUE, "received");
        const bus = await create(BUS, "push", { name: "push" });
        const rule = await create(RULE, "shipped", {
            eventBusName: bus.outputs["name"],
            eventPattern: '{"source":["orders"]}',
        });
        await create(TARGET, "shipped", {
            rule: rule.outputs["name"],
            eventBusName: bus.outputs["name"],
            arn: received.outputs["arn"],
            inputPath: "$.detail",
            retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 60 },
            deadLetterConfig: { arn: deadLetters.outputs["arn"] },
        });
        const pipe = await create(PIPE, "changes", {
            roleArn: ROLE_ARN,
            source: stream.arn,
            sourceParameters: {
                filterCriteria: { filters: [{ pattern: '{"eventName":["INSERT"]}' }] },
                dynamodbStreamParameters: {
                    startingPosition: "TRIM_HORIZON",
                    batchSize: 10,
                    maximumRetryAttempts: 10,
                    onPartialBatchItemFailure: "AUTOMATIC_BISECT",
                    deadLetterConfig: { arn: deadLetters.outputs["arn"] },
                },
            },
            target: bus.outputs["arn"],
            targetParameters: {
                eventbridgeEventBusParameters: { source: "orders", detailType: "OrderChanged" },
                inputTemplate: '{"record":<$.dynamodb.NewImage>}',
            },
        });
        assert.match(String(pipe.outputs["arn"]), /^arn:aws:pipes:us-east-1:000000000000:pipe\/changes-[0-9a-f]{7}$/);
        services.change(stream, "1", { newImage: { id: { S: "1" } } });
        const queue = services.queues.find(String(received.outputs["arn"])) ?? assert.fail();
        assert.deepEqual((await services.letter(queue)).body, { record: { id: { S: "1" } } });
    });

    describe("a queue", () => {
        it("has the outputs that programs use, and its settings in service", async () => {
            const { id, outputs } = await create(QUEUE, "jobs", {
                visibilityTimeoutSeconds: 60,
                messageRetentionSeconds: 1_209_600,
            });
            const name = String(outputs["name"]);
            assert.match(name, /^jobs-[0-9a-f]{7}$/);
            assert.deepEqual(
                [id, outputs["url"], outputs["arn"]],
                [
                    `${services.endpoint}/000000000000/${name}`,
                    `${services.endpoint}/000000000000/${name}`,
                    `arn:aws:sqs:us-east-1:000000000000:${name}`,
                ],
            );
            const { visibilityTimeoutSeconds, messageRetentionSeconds, maximumMessageSize } =
                services.queues.find(String(outputs["arn"]))?.settings ?? {};
            assert.deepEqual([visibilityTimeoutSeconds, messageRetentionSeconds], [60, 1_209_600]);
            // The provider's default, a quarter of SQS's own.
            assert.equal(maximumMessageSize, 262_144);
        });

        it("is a FIFO queue where the program says so, under a name that ends as AWS asks for", async () => {
            const { outputs } = await create(QUEUE, "door", { fifoQueue: true, contentBasedDeduplication: true });
            assert.match(String(outputs["name"]), /^door-[0-9a-f]{7}\.fifo$/);
            assert.deepEqual(services.queues.find(String(outputs["arn"]))?.settings.fifo, {
                contentBased: true,
                perGroup: false,
            });
        });

        it("has the same name at each start, and its own name where it is given one", async () => {
            const { outputs } = await create(QUEUE, "jobs");
            const again = await TestServices.start();
            const second = await creator(sqsBehaviours(again.queues))(QUEUE, "jobs");
            await again.close();
            assert.equal(outputs["name"], second.outputs["name"]);
            assert.equal((await create(QUEUE, "named", { name: "exactly" })).outputs["name"], "exactly");
        });

        it("keeps its messages and its policy when a setting changes, and drops settings that are gone", async () => {
            const created = await create(QUEUE, "jobs", { delaySeconds: 5 });
            await create(POLICY, "jobs", { queueUrl: created.outputs["url"], policy: '{"Version":"2012-10-17"}' });
            const queue = services.queues.find(String(created.outputs["arn"])) ?? assert.fail();
            queue.send({ body: "kept", delaySeconds: 0 }, "test");
            await update(behaviours, registration(QUEUE, "jobs", { visibilityTimeoutSeconds: 9 }), created);
            assert.equal(queue.settings.delaySeconds, 0);
            assert.equal(queue.settings.visibilityTimeoutSeconds, 9);
            assert.equal(services.queues.resourcePolicy(queue.arn), '{"Version":"2012-10-17"}');
            assert.equal((await services.letter(queue)).body, "kept");
        });

        it("moves on to another name when the program renames it", async () => {
            const created = await create(QUEUE, "jobs", { name: "old" });
            const renamed = await update(behaviours, registration(QUEUE, "jobs", { name: "new" }), created);
            assert.deepEqual(
                services.queues.list().map(({ name }) => name),
                ["new"],
            );
            assert.equal(renamed.outputs["name"], "new");
        });

        it("loses its policy with the policy's resource", async () => {
            const queue = await create(QUEUE, "jobs");
            const policy = await create(POLICY, "jobs", {
                queueUrl: queue.outputs["url"],
                policy: { Version: "2012-10-17" },
            });
            assert.equal(services.queues.resourcePolicy(String(queue.outputs["arn"])), '{"Version":"2012-10-17"}');
            await behaviours[POLICY]?.delete(policy);
            assert.equal(services.queues.resourcePolicy(String(queue.outputs["arn"])), undefined);
        });
    });

    describe("a rule", () => {
        it("keeps its targets when its pattern changes", async () => {
            const received = await create(QUEUE, "received");
            const rule = await create(RULE, "rule", { eventPattern: '{"source":["a"]}' });
            await create(TARGET, "target", {
                rule: rule.outputs["name"],
                arn: received.outputs["arn"],
                targetId: "queue",
            });
            await update(behaviours, registration(RULE, "rule", { eventPattern: '{"source":["b"]}' }), rule);
            services.events.putEvents([{ source: "b", detailType: "x", detail: "{}" }], ADMINISTRATOR);
            await services.letter(services.queues.find(String(received.outputs["arn"])) ?? assert.fail());
        });

        it("has the ARN and id of AWS, on the default bus and on another", async () => {
            await create(BUS, "push", { name: "push" });
            const facts = ({ id, outputs }: Created): unknown => [id, outputs["arn"]];
            assert.deepEqual(facts(await create(RULE, "a", { name: "a", eventPattern: '{"source":["a"]}' })), [
                "a",
                "arn:aws:events:us-east-1:000000000000:rule/a",
            ]);
            assert.deepEqual(
                facts(await create(RULE, "b", { name: "b", eventBusName: "push", eventPattern: '{"source":["a"]}' })),
                ["push/b", "arn:aws:events:us-east-1:000000000000:rule/push/b"],
            );
        });

        it("stops with its target's or its own resource", async () => {
            const received = await create(QUEUE, "received");
            const rule = await create(RULE, "rule", { eventPattern: '{"source":["a"]}' });
            const target = await create(TARGET, "target", { rule: rule.outputs["name"], arn: received.outputs["arn"] });
            await behaviours[TARGET]?.delete(target);
            assert.equal(services.events.rule("default", String(rule.outputs["name"])).targets.size, 0);
            await behaviours[RULE]?.delete(rule);
            assert.throws(() => services.events.rule("default", String(rule.outputs["name"])), {
                code: "ResourceNotFoundException",
            });
        });
    });

    it("name resource and input when they cannot be served", async () => {
        const refused = async (
            type: string,
            inputs: Readonly<Record<string, unknown>>,
            problem: RegExp,
        ): Promise<void> => {
            await assert.rejects(create(type, "tested", inputs), problem);
        };
        await refused(
            QUEUE,
            { fifoQueue: true, name: "tested" },
            /^Error: aws:sqs\/queue:Queue "tested": The name of a FIFO queue .* must end with .fifo suffix/,
        );
        await refused(
            QUEUE,
            { delaySeconds: 901 },
            /aws:sqs\/queue:Queue "tested": Invalid value for the parameter DelaySeconds/,
        );
        await refused(
            POLICY,
            { queueUrl: "http://x/000000000000/gone", policy: "{}" },
            /there is no queue http:\/\/x\/000000000000\/gone/,
        );
        await refused(RULE, { scheduleExpression: "rate(1 minute)" }, /`scheduleExpression` makes a schedule/);
        await refused(
            RULE,
            { eventPattern: '{"a":[]}' },
            /"tested": Event pattern is not valid. Reason: Empty arrays are not allowed/,
        );
        await refused(RULE, { eventBusName: "gone", eventPattern: '{"a":[1]}' }, /there is no event bus gone/);
        await refused(
            TARGET,
            { rule: "gone", arn: "arn:aws:sqs:us-east-1:000000000000:q" },
            /Rule gone does not exist on EventBus default/,
        );
        await refused(TARGET, { rule: "r", arn: "x", ecsTarget: { taskCount: 1 } }, /`ecsTarget` is not served/);
        await refused(
            PIPE,
            { roleArn: ROLE_ARN, source: "x", target: "y", enrichment: "z" },
            /`enrichment` is not served/,
        );
        await refused(
            PIPE,
            { roleArn: ROLE_ARN, source: "x", target: "y" },
            /`sourceParameters.dynamodbStreamParameters` is missing/,
        );
    });
});
