import { randomUUID } from "node:crypto";
import { arn } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import type { StreamPosition, StreamRecord, TableStreams } from "../streams/table-streams";
import { EventPattern } from "../../patterns/pattern";
import type { Pace } from "../../time/pace";
import type { BatchOutcome, DiscardedBatch } from "../streams/stream-consumer";
import { batchInfo, StreamConsumer } from "../streams/stream-consumer";
import { roleSession } from "../../signing/role-session";
import type { SqsQueues } from "../sqs/queues";
import { failedIdentifiers } from "./batch-response";
import type { LambdaFunction, LambdaFunctions } from "../lambda/functions";
import { SqsMapping } from "./sqs-mapping";
import { messageOf } from "../../aws/message-of";

/** What a mapping reads and how. Settings of the other kind of source are ignored. */
export interface EventSourceSettings {
    /** A queue's ARN or a DynamoDB stream's. */
    readonly eventSourceArn: string;
    /** Name or ARN. */
    readonly functionName: string;
    readonly enabled: boolean;
    /** Defaults to 10 for queues, 100 for streams. */
    readonly batchSize?: number;
    /** Defaults to 0. */
    readonly windowSeconds?: number;
    readonly filters: readonly string[];
    /** Whether the function's answer names the items that failed (ReportBatchItemFailures). */
    readonly reportItemFailures: boolean;
    /** Queues: 2 to 1,000 invocations at a time. Defaults to the 5 that Lambda starts with. */
    readonly maximumConcurrency?: number;
    /** Streams. */
    readonly startingPosition?: "TRIM_HORIZON" | "LATEST";
    /** Streams. Defaults to -1: until the record expires. */
    readonly maximumRetryAttempts?: number;
    /** Streams. Defaults to -1: until the record expires. */
    readonly maximumRecordAgeSeconds?: number;
    /** Streams. Defaults to false. */
    readonly bisect?: boolean;
    /** Streams: an SQS queue for what was given up on. */
    readonly onFailureArn?: string;
}

export interface EventSourceDependencies {
    readonly functions: LambdaFunctions;
    readonly queues: SqsQueues;
    readonly streams: TableStreams;
    readonly clock: () => number;
    readonly pace: Pace;
    readonly log: (line: string) => void;
}

export interface EventSourceMapping {
    readonly uuid: string;
    readonly arn: string;
    readonly functionArn: string;
    readonly settings: EventSourceSettings;
}

interface Source {
    start(): void;
    stop(): void;
    close(): Promise<void>;
    readonly checkpoint?: StreamPosition;
}

/** The account's event source mappings: each reads under its function's role and runs the function. */
export class EventSourceMappings {
    private readonly mappings = new Map<string, { readonly mapping: EventSourceMapping; readonly source: Source }>();

    constructor(private readonly dependencies: EventSourceDependencies) {}

    /**
     * @throws AwsError for an unknown function, a source that is not served, or a stream that the function's role may
     *         not read.
     */
    create(settings: EventSourceSettings, uuid: string = randomUUID()): EventSourceMapping {
        return this.put(uuid, settings);
    }

    /** Changes a mapping; one that reads a stream goes on where it was. */
    async update(uuid: string, settings: EventSourceSettings): Promise<EventSourceMapping> {
        const before = this.mappings.get(uuid);
        await before?.source.close();
        const from =
            before?.mapping.settings.eventSourceArn === settings.eventSourceArn ? before.source.checkpoint : undefined;
        return this.put(uuid, settings, from);
    }

    async delete(uuid: string): Promise<void> {
        const entry = this.mappings.get(uuid);
        this.mappings.delete(uuid);
        await entry?.source.close();
    }

    list(): readonly EventSourceMapping[] {
        return [...this.mappings.values()].map(({ mapping }) => mapping);
    }

    /** Stops all reading, and does not wait for functions that still run: those end with the functions. */
    async close(): Promise<void> {
        for (const { source } of this.mappings.values()) {
            source.stop();
        }
    }

    private put(uuid: string, settings: EventSourceSettings, from?: StreamPosition): EventSourceMapping {
        const target = this.dependencies.functions.find(settings.functionName);
        if (target === undefined) {
            throw new AwsError("ResourceNotFoundException", `Function not found: ${settings.functionName}`, 404);
        }
        const source = settings.eventSourceArn.startsWith("arn:aws:sqs:")
            ? this.queueSource(settings, target)
            : this.streamSource(settings, target, from);
        if (settings.enabled) {
            source.start();
        }
        const mapping = { uuid, arn: arn("lambda", `event-source-mapping:${uuid}`), functionArn: target.arn, settings };
        this.mappings.set(uuid, { mapping, source });
        return mapping;
    }

    private queueSource(
        settings: EventSourceSettings,
        { arn: functionArn, settings: { name, roleArn } }: LambdaFunction,
    ): Source {
        const { batchSize = 10, windowSeconds = 0 } = settings;
        if (batchSize > 10 && windowSeconds < 1) {
            throw new AwsError(
                "InvalidParameterValueException",
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
            );
        }
        if (settings.eventSourceArn.endsWith(".fifo") && (batchSize > 10 || windowSeconds > 0)) {
            throw new AwsError(
                "InvalidParameterValueException",
                "A FIFO queue has a batch size of 10 at most, and no batching window",
            );
        }
        return new SqsMapping(
            {
                label: `event source of ${name}`,
                queueArn: settings.eventSourceArn,
                principal: roleSession(roleArn, name),
                batchSize,
                windowSeconds,
                concurrency: settings.maximumConcurrency ?? 5,
                filters: settings.filters,
                reportItemFailures: settings.reportItemFailures,
                run: (payload) => this.dependencies.functions.runForSource(functionArn, payload),
            },
            this.dependencies,
        );
    }

    private streamSource(settings: EventSourceSettings, target: LambdaFunction, from?: StreamPosition): Source {
        const { name, roleArn } = target.settings;
        if (!/^arn:aws:dynamodb:.+\/stream\/.+$/.test(settings.eventSourceArn)) {
            throw new AwsError(
                "InvalidParameterValueException",
                "The local cloud serves SQS queues and DynamoDB streams as event sources; " +
                    `${name} has ${settings.eventSourceArn}`,
            );
        }
        const filters = settings.filters.map((filter) => EventPattern.compileFilter(filter));
        return new StreamConsumer(
            {
                label: `event source of ${name}`,
                streamArn: settings.eventSourceArn,
                principal: roleSession(roleArn, name),
                policy: {
                    startingPosition: settings.startingPosition ?? "LATEST",
                    batchSize: settings.batchSize ?? 100,
                    windowSeconds: settings.windowSeconds ?? 0,
                    maximumRetryAttempts: settings.maximumRetryAttempts ?? -1,
                    maximumRecordAgeSeconds: settings.maximumRecordAgeSeconds ?? -1,
                    bisect: settings.bisect ?? false,
                },
                wanted: (record) => filters.length === 0 || filters.some((filter) => filter.matches(record)),
                handle: (records) => this.handleRecords(records, settings, target.arn),
                discard: (batch) => {
                    this.sendDiscarded(batch, settings, target);
                },
            },
            this.dependencies,
            from,
        );
    }

    private async handleRecords(
        records: readonly StreamRecord[],
        settings: EventSourceSettings,
        functionArn: string,
    ): Promise<BatchOutcome> {
        const result = await this.dependencies.functions.runForSource(functionArn, { Records: records });
        if (!result.ok) {
            return { ok: false, reason: `${result.errorType}: ${result.errorMessage}` };
        }
        if (!settings.reportItemFailures) {
            return { ok: true };
        }
        const given = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
        const failed = failedIdentifiers(result.payload, given);
        // Order must hold, so everything from the first failure on is tried again.
        const failedAt = given.findIndex((sequenceNumber) => failed.includes(sequenceNumber));
        return failedAt < 0 ? { ok: true } : { ok: false, reason: "the function reported failed items", failedAt };
    }

    /** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
    private sendDiscarded(batch: DiscardedBatch, settings: EventSourceSettings, target: LambdaFunction): void {
        const { records, condition, attempts } = batch;
        const { log, queues, clock } = this.dependencies;
        const { name, roleArn } = target.settings;
        log(`event source of ${name}: gave up on ${records.length} records (${condition})`);
        if (settings.onFailureArn === undefined) {
            return;
        }
        const body = JSON.stringify({
            requestContext: {
                requestId: randomUUID(),
                functionArn: target.arn,
                condition,
                approximateInvokeCount: attempts,
            },
            responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
            version: "1.0",
            timestamp: new Date(clock()).toISOString(),
            DDBStreamBatchInfo: batchInfo(settings.eventSourceArn, batch),
        });
        try {
            queues.send(settings.onFailureArn, { body }, roleSession(roleArn, name));
        } catch (error) {
            log(`event source of ${name}: the destination ${settings.onFailureArn} answered: ${messageOf(error)}`);
        }
    }
}
