import { REGION } from "../../aws/account";
import type { Principal } from "../../aws/authorization";
import { EventPattern } from "../../patterns/pattern";
import type { InvocationResult } from "../../aws/invoker";
import type { Pace } from "../../time/pace";
import type { MessageAttributes, ReceivedMessage } from "../sqs/message";
import type { SqsQueues } from "../sqs/queues";
import { failedIdentifiers } from "./batch-response";
import { messageOf } from "../../aws/message-of";

export interface SqsMappingOptions {
    readonly label: string;
    readonly queueArn: string;
    /** The function's role. */
    readonly principal: Principal;
    /** 1 to 10,000. */
    readonly batchSize: number;
    /** 0 to 300. */
    readonly windowSeconds: number;
    /** Invocations at the same time. */
    readonly concurrency: number;
    readonly filters: readonly string[];
    readonly reportItemFailures: boolean;
    readonly run: (payload: unknown) => Promise<InvocationResult>;
}

export interface SqsMappingDependencies {
    readonly queues: SqsQueues;
    readonly pace: Pace;
    readonly log: (line: string) => void;
}

const POLL_SECONDS = 20;
const RECEIVE_MAXIMUM = 10;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Feeds a queue's messages to a function. What the function handled is deleted; what it failed comes back when its
 * visibility timeout ends, until the queue's redrive policy takes it.
 */
export class SqsMapping {
    private readonly ending = new AbortController();
    private readonly ended = aborted(this.ending.signal);
    private readonly inFlight = new Set<Promise<void>>();
    private readonly filters: readonly EventPattern[];
    private running: Promise<void> | undefined;

    constructor(
        private readonly options: SqsMappingOptions,
        private readonly dependencies: SqsMappingDependencies,
    ) {
        this.filters = options.filters.map((filter) => EventPattern.compileFilter(filter));
    }

    start(): void {
        this.running ??= this.poll();
    }

    /** Stops receiving. Messages that are being handled stay in their queue unless the function finishes. */
    stop(): void {
        this.ending.abort();
    }

    async close(): Promise<void> {
        this.stop();
        await this.running;
    }

    private async poll(): Promise<void> {
        let failures = 0;
        while (!this.ending.signal.aborted) {
            try {
                await this.step();
                failures = 0;
            } catch (error) {
                this.dependencies.log(`${this.options.label} cannot read its queue: ${messageOf(error)}`);
                await this.dependencies.pace.wait(
                    Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS),
                    this.ending.signal,
                );
                failures += 1;
            }
        }
    }

    private async step(): Promise<void> {
        if (this.inFlight.size >= this.options.concurrency) {
            await Promise.race([...this.inFlight, this.ended]);
            return;
        }
        const messages = await this.nextMessages();
        if (messages.length > 0) {
            const handled = this.handle(messages).catch((error: unknown) => {
                this.dependencies.log(`${this.options.label}: ${messageOf(error)}`);
            });
            this.inFlight.add(handled);
            void handled.finally(() => this.inFlight.delete(handled));
        }
    }

    private async nextMessages(): Promise<readonly ReceivedMessage[]> {
        const { batchSize, windowSeconds, queueArn, principal } = this.options;
        // Lambda scales its pollers by the queue's size, so the role needs this, too.
        this.dependencies.queues.open(queueArn, "sqs:GetQueueAttributes", principal);
        const messages = [...(await this.receive(batchSize, this.ending.signal))];
        if (messages.length === 0 || windowSeconds === 0) {
            return messages;
        }
        const full = new AbortController();
        const window = new AbortController();
        void this.dependencies.pace
            .wait(windowSeconds * 1_000, AbortSignal.any([this.ending.signal, full.signal]))
            .then(() => {
                window.abort();
            });
        while (messages.length < batchSize && !window.signal.aborted) {
            messages.push(...(await this.receive(batchSize - messages.length, window.signal)));
        }
        full.abort();
        return messages;
    }

    private receive(maximum: number, signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
        const { queueArn, principal } = this.options;
        return this.dependencies.queues.receive(
            queueArn,
            {
                maximum: Math.min(maximum, RECEIVE_MAXIMUM),
                waitSeconds: POLL_SECONDS,
                signal,
            },
            principal,
        );
    }

    private async handle(messages: readonly ReceivedMessage[]): Promise<void> {
        const { label, queueArn, run, reportItemFailures } = this.options;
        const records = messages.map((message) => recordOf(message, queueArn));
        const wanted = records.filter((record) => this.isWanted(record));
        this.delete(records.filter((record) => !wanted.includes(record)));
        if (wanted.length === 0) {
            return;
        }
        const result = await run({ Records: wanted });
        if (!result.ok && this.ending.signal.aborted) {
            return;
        }
        if (!result.ok) {
            this.dependencies.log(
                `${label}: a batch of ${wanted.length} failed: ${result.errorType}: ${result.errorMessage}`,
            );
            return;
        }
        const failed = reportItemFailures
            ? failedIdentifiers(
                  result.payload,
                  wanted.map(({ messageId }) => messageId),
              )
            : [];
        if (failed.length > 0) {
            this.dependencies.log(`${label}: ${failed.length} of ${wanted.length} messages failed`);
        }
        this.delete(wanted.filter(({ messageId }) => !failed.includes(messageId)));
    }

    private isWanted(record: SqsRecord): boolean {
        const event = { ...record, body: parsedOr(record.body) };
        return this.filters.length === 0 || this.filters.some((filter) => filter.matches(event));
    }

    private delete(records: readonly SqsRecord[]): void {
        for (const { receiptHandle } of records) {
            this.dependencies.queues.delete(this.options.queueArn, receiptHandle, this.options.principal);
        }
    }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
interface SqsRecord {
    readonly messageId: string;
    readonly receiptHandle: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly messageAttributes: unknown;
    readonly md5OfBody: string;
    readonly eventSource: "aws:sqs";
    readonly eventSourceARN: string;
    readonly awsRegion: string;
}

function recordOf(message: ReceivedMessage, queueArn: string): SqsRecord {
    return {
        messageId: message.messageId,
        receiptHandle: message.receiptHandle,
        body: message.body,
        attributes: message.systemAttributes,
        messageAttributes: attributesOf(message.attributes),
        md5OfBody: message.md5OfBody,
        eventSource: "aws:sqs",
        eventSourceARN: queueArn,
        awsRegion: REGION,
    };
}

function attributesOf(attributes: MessageAttributes): unknown {
    return Object.fromEntries(
        Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
            name,
            {
                stringValue: StringValue,
                binaryValue: BinaryValue,
                stringListValues: [],
                binaryListValues: [],
                dataType: DataType,
            },
        ]),
    );
}

function parsedOr(body: string): unknown {
    try {
        return JSON.parse(body);
    } catch {
        return body;
    }
}

function aborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        signal.addEventListener(
            "abort",
            () => {
                resolve();
            },
            { once: true },
        );
    });
}
