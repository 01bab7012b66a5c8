import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { parseArgs, promisify } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { sleep } from "../functions/runtime/backoff";
import { createDeliveryQueue, sqsBatches } from "../functions/deliveries/delivery-queue";
import type { LocalOutputs } from "../local/cloud/outputs";
import { lettersIn, publishWith, queuesOf } from "./redrive/aws";
import { redrive } from "./redrive/redrive";

const USAGE = `Publishes again what is in the notifier's dead-letter queue, under the keys that the messages had.

  npm run redrive -- (--stack NAME | --notifier ARN | --local) [--execute] [--reason REASON]

  --stack NAME     a stack of this project; its outputs are asked of the Pulumi CLI
  --notifier ARN   the notifier itself
  --local          the local cloud that runs in this directory
  --execute        do it. Without it, it is only said what would be done
  --reason REASON  only letters with this reason: malformed, unknown_namespace, foreign_namespace, payload_too_large,
                   failed, undeliverable, undelivered, unreplayed, received_too_often or
                   malformed_delivery (docs/publishing.md says when)

Credentials and Region are those of the AWS SDK. They need lambda:GetFunctionConfiguration and lambda:InvokeFunction on
the notifier, sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on its dead-letter queue, and
sqs:SendMessage on the delivery queue.`;

interface Target {
    readonly notifierArn: string;
    /** Where the local cloud is, and who may use it. */
    readonly local?: LocalOutputs;
}

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            notifier: { type: "string" },
            local: { type: "boolean", default: false },
            execute: { type: "boolean", default: false },
            reason: { type: "string" },
            help: { type: "boolean", default: false },
        },
    });
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const { notifierArn, local } = await findTarget(values);
    const settings =
        local === undefined ? {} : { endpoint: local.aws, region: local.region, credentials: local.credentials };
    const lambda = new LambdaClient(settings);
    const sqs = new SQSClient(settings);
    const queues = await queuesOf(lambda, notifierArn);
    const { redriven, kept } = await redrive(
        {
            letters: lettersIn(sqs, queues.deadLetters),
            publish: publishWith(lambda, notifierArn),
            deliveries: createDeliveryQueue(sqsBatches(queues.deliveries, sqs), sleep, Math.random),
            clock: Date.now,
            print: console.log,
        },
        values,
    );
    const verb = values.execute ? "redriven" : "to be redriven (nothing was done: add --execute)";
    console.log(`${redriven} ${verb}, ${kept} kept`);
}

async function findTarget(values: { stack?: string; notifier?: string; local: boolean }): Promise<Target> {
    if (values.notifier !== undefined) {
        return { notifierArn: values.notifier };
    }
    if (values.stack !== undefined) {
        return { notifierArn: notifierOf(JSON.parse(await outputsOf(values.stack))) };
    }
    if (values.local) {
        const file = path.resolve(__dirname, "..", ".local", "outputs.json");
        const outputs = JSON.parse(await readFile(file, "utf8")) as { "push-gateway": unknown; local: LocalOutputs };
        return { notifierArn: notifierOf(outputs["push-gateway"]), local: outputs.local };
    }
    throw new Error(`name a stack, a notifier or the local cloud\n\n${USAGE}`);
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
