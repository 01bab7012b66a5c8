import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { queuesOf } from "../../operations/redrive/aws";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

const ROOT = path.resolve(__dirname, "../..");

interface Ended {
    readonly code: number;
    readonly output: string;
}

/** The command as operators run it, in a process of its own, against the local cloud's real SQS and Lambda protocols. */
describe("npm run redrive", () => {
    let cloud: TestCloud;
    let queueUrl: string;
    before(async () => {
        cloud = await sharedCloud();
        queueUrl = (await queuesOf(cloud.lambda, cloud.platform.notifierArn)).deadLetters;
    });
    beforeEach(async () => {
        // What others left behind is none of this suite's business, and hidden from it now.
        await cloud.deadLetters();
    });
    afterEach(() => cloud.closeListeners());

    const command = (...args: readonly string[]): Promise<Ended> => {
        const { aws, region, credentials } = cloud.local;
        const env = {
            ...process.env,
            AWS_ENDPOINT_URL: aws,
            AWS_REGION: region,
            AWS_ACCESS_KEY_ID: credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        };
        return new Promise((resolve) => {
            const argv = ["--import", "tsx", "operations/redrive.ts", ...args];
            execFile(process.execPath, argv, { cwd: ROOT, env }, (error, stdout, stderr) => {
                resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
            });
        });
    };
    const redrive = (...args: readonly string[]): Promise<Ended> =>
        command("--notifier", cloud.platform.notifierArn, ...args);

    /** Publishes as a namespace that nobody has registered. */
    const publishTooEarly = async (namespace: string, count: number): Promise<void> => {
        const detail = JSON.stringify({ channel: `${namespace}/1`, data: "at last" });
        const entry = {
            EventBusName: cloud.platform.eventBusName,
            Source: namespace,
            DetailType: "Said",
            Detail: detail,
        };
        await cloud.eventbridge.send(new PutEventsCommand({ Entries: Array.from({ length: count }, () => entry) }));
    };

    const listUntil = async (text: string, ...args: readonly string[]): Promise<Ended> => {
        for (;;) {
            const listed = await redrive(...args);
            if (listed.output.includes(text)) {
                return listed;
            }
        }
    };

    const hidden = async (): Promise<number> => {
        const { Messages = [] } = await cloud.sqs.send(
            new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
        );
        return Messages.length;
    };

    it("lists letters with their reason and their own message, and leaves each in everybody's sight", async () => {
        const namespace = `early${randomUUID().slice(0, 8)}`;
        await publishTooEarly(namespace, 3);

        const { code, output } = await listUntil("3 that --execute publishes again", "--list");

        assert.equal(code, 0);
        assert.equal(output.split(`publish ${namespace} Said`).length, 4);
        assert.match(output, new RegExp(`unknown_namespace: Nobody registered the namespace "${namespace}"`));
        assert.equal(await hidden(), 3);
    });

    it("says of each letter that it came back, with exit code 1, when nothing has changed", async () => {
        const namespace = `early${randomUUID().slice(0, 8)}`;
        await publishTooEarly(namespace, 5);
        await listUntil("5 that --execute publishes again");

        const { code, output } = await redrive("--execute");

        assert.equal(code, 1, output);
        assert.equal(output.match(new RegExp(`^came back  publish ${namespace} Said`, "gm"))?.length, 5);
        assert.match(output, /^0 redriven, 5 came back, 0 failed, 0 kept$/m);
        assert.equal(await hidden(), 5, "others see them as before");
    });

    it("publishes what was rejected once the reason is gone, numbers it once, and empties the queue", async () => {
        const namespace = `late${randomUUID().slice(0, 8)}`;
        await publishTooEarly(namespace, 1);
        await listUntil("1 that --execute publishes again");
        await cloud.registerNamespace(namespace, [{ channel: `${namespace}/*` }], { ttlSeconds: 60, maxMessages: 10 });
        const listener = await cloud.listen({ sub: "ada", channels: [`${namespace}/1`] });

        // A notifier that has not heard of the namespace yet rejects the event again, and the command says so.
        let ended = await redrive("--execute", "--watch", "2");
        while (ended.code !== 0) {
            ended = await redrive("--execute", "--watch", "2");
        }

        assert.match(ended.output, /^1 redriven, 0 came back, 0 failed, 0 kept\nNothing else came back within 2 s\.$/m);
        const message = await listener.message();
        assert.deepEqual([message["event"], message["data"], message["offset"]], ["Said", "at last", 1]);
        assert.match((await redrive("--list")).output, /^0 that --execute publishes again, 0 for a person/m);
    });

    it("shows a letter of a table change source, by its queue's URL, with the change's place in the stream", async () => {
        const letter = {
            context: { condition: "RetryAttemptsExhausted" },
            DDBStreamBatchInfo: { shardId: "shard-1", startSequenceNumber: "1", endSequenceNumber: "1", batchSize: 1 },
        };
        await cloud.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(letter) }));

        const { code, output } = await command("--queue", queueUrl);

        assert.equal(code, 0);
        assert.match(output, /unpublished_change; 1 changes that a pipe gave up .*shard shard-1, from 1 to 1/);
    });

    for (const [args, problem] of [
        [["--list", "--execute"], /^--list only looks, and --execute does not/],
        [["--execute", "--queue", "https://sqs/q"], /^--queue can only be listed/],
        [["--reason", "lost"], /^--reason takes one of malformed, .*, not "lost"$/m],
        [["--execute", "--watch", "1h"], /^--watch takes whole seconds up to 86400, not "1h"$/m],
    ] as const) {
        it(`refuses ${args.join(" ")} in one line`, async () => {
            const { code, output } = await command(...args);
            assert.equal(code, 1);
            assert.match(output, problem);
        });
    }
});
