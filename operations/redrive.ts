import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { parseArgs, promisify } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DEAD_LETTER_REASONS } from "../contract/dead-letters";
import { sleep } from "../functions/runtime/backoff";
import { createDeliveryQueue, sqsBatches } from "../functions/deliveries/delivery-queue";
import type { LocalOutputs } from "../local/cloud/outputs";
import type { NotifierQueues } from "./redrive/aws";
import { lettersIn, lettersInView, publishWith, queuesOf } from "./redrive/aws";
import { listLetters } from "./redrive/list";
import { redrive } from "./redrive/redrive";
import { CHANGE_REASON } from "./redrive/table-change-letter";

const USAGE = `Shows what is in a dead-letter queue, and publishes it again, under the keys that the messages had.

  npm run redrive -- (--stack NAME | --notifier ARN | --local) [--list | --execute [--watch SECONDS]] [--reason REASON]
  npm run redrive -- --queue URL [--list]

  --stack NAME     a stack of this project; its outputs are asked of the Pulumi CLI
  --notifier ARN   the notifier itself
  --local          the local cloud that runs in this directory
  --queue URL      the queue itself, such as a table change source's (its output deadLetterQueueUrl); only to be listed,
                   since such a letter has no change in it, but says where the change is
  --list           look, and change nothing. This is the default. SQS can only show a letter by counting it as received
                   once more; nothing goes by that count here, and no letter is hidden from anybody
  --execute        publish every letter's message again and remove the letter
  --watch SECONDS  with --execute: watch the queue so long for what comes back (30). A message that is rejected again is
                   back at once, a delivery within 15 minutes
  --reason REASON  only letters with this reason: malformed, unknown_namespace, foreign_namespace, payload_too_large,
                   failed, undeliverable, undelivered, unreplayed, received_too_often, malformed_delivery or
                   unpublished_change (docs/publishing.md says when)

Exit code 1 says that a letter failed or came back. Credentials and Region are those of the AWS SDK. They need
lambda:GetFunctionConfiguration on the notifier, and sqs:GetQueueAttributes and sqs:ReceiveMessage on its dead-letter
queue; for --execute also lambda:InvokeFunction, sqs:DeleteMessage and sqs:ChangeMessageVisibility there, and
sqs:SendMessage on the delivery queue.`;

/** As long as deliverers try a message. */
const DELIVERY_SECONDS = 900;

interface Options {
    readonly stack?: string;
    readonly notifier?: string;
    readonly queue?: string;
    readonly local: boolean;
    readonly list: boolean;
    readonly execute: boolean;
    readonly watch: string;
    readonly reason?: string;
}

interface Clients {
    readonly lambda: LambdaClient;
    readonly sqs: SQSClient;
}

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            notifier: { type: "string" },
            queue: { type: "string" },
            local: { type: "boolean", default: false },
            list: { type: "boolean", default: false },
            execute: { type: "boolean", default: false },
            watch: { type: "string", default: "30" },
            reason: { type: "string" },
            help: { type: "boolean", default: false },
        },
    });
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const watchSeconds = readOptions(values);
    const local = values.local ? await localOutputs() : undefined;
    const settings =
        local === undefined
            ? {}
            : { endpoint: local.local.aws, region: local.local.region, credentials: local.local.credentials };
    const clients = { lambda: new LambdaClient(settings), sqs: new SQSClient(settings) };
    if (values.queue !== undefined) {
        await list(clients, values.queue, values);
        return;
    }
    const notifierArn = await findNotifier(values, local);
    const queues = await queuesOf(clients.lambda, notifierArn);
    await (values.execute
        ? execute(clients, notifierArn, queues, { ...values, watchSeconds })
        : list(clients, queues.deadLetters, values));
}

/** @returns how many seconds to watch */
function readOptions({ list: isList, execute: isExecute, queue, watch, reason }: Options): number {
    if (isList && isExecute) {
        throw new Error("--list only looks, and --execute does not: name one of them");
    }
    if (isExecute && queue !== undefined) {
        throw new Error(
            "--queue can only be listed. To publish a gateway's letters again, name it by --stack, --notifier or --local",
        );
    }
    const reasons: readonly string[] = [...DEAD_LETTER_REASONS, CHANGE_REASON];
    if (reason !== undefined && !reasons.includes(reason)) {
        throw new Error(`--reason takes one of ${reasons.join(", ")}, not "${reason}"`);
    }
    const seconds = Number(watch);
    if (!/^\d+$/.test(watch) || seconds > 86_400) {
        throw new Error(`--watch takes whole seconds up to 86400, not "${watch}"`);
    }
    return seconds;
}

async function list({ sqs }: Clients, queueUrl: string, options: Options): Promise<void> {
    const deps = { letters: lettersInView(sqs, queueUrl), clock: Date.now, print: console.log };
    const { redrivable, unreadable, unseen } = await listLetters(deps, options);
    const rest = unseen === 0 ? "" : `, about ${unseen} that SQS did not show; look again`;
    console.log(`${redrivable} that --execute publishes again, ${unreadable} for a person to look at${rest}`);
}

async function execute(
    { lambda, sqs }: Clients,
    notifierArn: string,
    queues: NotifierQueues,
    options: { readonly reason?: string; readonly watchSeconds: number },
): Promise<void> {
    const { redriven, cameBack, failed, kept, queued } = await redrive(
        {
            letters: lettersIn(sqs, queues.deadLetters),
            publish: publishWith(lambda, notifierArn),
            deliveries: createDeliveryQueue(sqsBatches(queues.deliveries, sqs), sleep, Math.random),
            clock: Date.now,
            print: console.log,
        },
        options,
    );
    const { watchSeconds } = options;
    console.log(`${redriven} redriven, ${cameBack} came back, ${failed} failed, ${kept} kept`);
    if (redriven > 0) {
        const open = queued > 0 && watchSeconds < DELIVERY_SECONDS;
        console.log(
            `Nothing else came back within ${watchSeconds} s.` +
                (open
                    ? ` ${queued} are on the delivery queue, and may yet for 15 minutes: look then with --list.`
                    : ""),
        );
    }
    process.exitCode = cameBack + failed > 0 ? 1 : 0;
}

interface LocalFile {
    readonly "push-gateway": unknown;
    readonly local: LocalOutputs;
}

async function localOutputs(): Promise<LocalFile> {
    const file = path.resolve(__dirname, "..", ".local", "outputs.json");
    try {
        return JSON.parse(await readFile(file, "utf8")) as LocalFile;
    } catch (cause) {
        throw new Error(`${file} cannot be read: start the local cloud with \`npm start\``, { cause });
    }
}

async function findNotifier({ notifier, stack }: Options, local: LocalFile | undefined): Promise<string> {
    if (notifier !== undefined) {
        return notifier;
    }
    if (stack !== undefined) {
        return notifierOf(JSON.parse(await outputsOf(stack)));
    }
    if (local !== undefined) {
        return notifierOf(local["push-gateway"]);
    }
    throw new Error(`name a stack, a notifier, a queue or the local cloud\n\n${USAGE}`);
}

async function outputsOf(stack: string): Promise<string> {
    try {
        return (await promisify(execFile)("pulumi", ["stack", "output", "--json", "--stack", stack])).stdout;
    } catch (error) {
        const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: unknown };
        throw code === "ENOENT"
            ? new Error("the Pulumi CLI is not installed: install it, or name the function with --notifier ARN")
            : new Error(`pulumi stack output: ${String(stderr ?? error).trim()}`);
    }
}

function notifierOf(outputs: unknown): string {
    const { notifierArn } = outputs as { notifierArn?: unknown };
    if (typeof notifierArn !== "string") {
        throw new Error("the stack has no output notifierArn: it is not a push gateway's");
    }
    return notifierArn;
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
