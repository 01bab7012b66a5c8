import { ACCOUNT_ID, arn, REGION } from "../../aws/account";
import { LIMITS, requireText } from "../../aws/limits";
import type { Authorize } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { StreamPosition, StreamRecord } from "../streams/table-streams";
import type { EventPublisher } from "../events/event-bridge";
import type { JsonPath } from "../events/json-path";
import { compileJsonPath } from "../events/json-path";
import { EventPattern } from "../../patterns/pattern";
import { renderTemplate } from "../events/template";
import { assumeRole, roleSession } from "../../signing/role-session";
import type { QueueSender } from "../sqs/queues";
import type {
    BatchOutcome,
    DiscardedBatch,
    StreamConsumerDependencies,
    StreamPolicy,
} from "../streams/stream-consumer";
import { batchInfo, StreamConsumer } from "../streams/stream-consumer";
import { messageOf } from "../../aws/message-of";

/** A pipe from a table's stream to an event bus. */
export interface PipeSettings {
    readonly name: string;
    readonly description?: string | undefined;
    /** The pipe reads, publishes and sends dead letters under this role. */
    readonly roleArn: string;
    /** The stream's ARN. */
    readonly source: string;
    readonly policy: StreamPolicy;
    /** An SQS queue. Without one, records given up on are dropped. */
    readonly deadLetterArn?: string;
    /** Event patterns on the stream record; one of them has to match. None lets every record pass. */
    readonly filters: readonly string[];
    /** The event bus's ARN. */
    readonly target: string;
    /** A constant or a JSON path (`$.…`) into the record. Defaults to `Pipe <name>`. */
    readonly eventSource?: string;
    /** A constant or a JSON path into the record. Defaults to `Event from aws:dynamodb`. */
    readonly detailType?: string;
    readonly resources?: readonly string[];
    /** Gives the event's detail. Defaults to the record. */
    readonly inputTemplate?: string;
    readonly running: boolean;
}

export interface PipeDependencies extends StreamConsumerDependencies {
    readonly authorize: Authorize;
    readonly events: EventPublisher;
    readonly queues: QueueSender;
}

/** A pipe in service. */
export class Pipe {
    readonly arn: string;
    private readonly filters: readonly EventPattern[];
    private readonly paths = new Map<string, JsonPath>();
    private readonly consumer: StreamConsumer;

    /**
     * @param from where a predecessor stopped reading
     * @throws AwsError ValidationException for a source or target that is not served, an invalid pattern or path.
     */
    constructor(
        readonly settings: PipeSettings,
        private readonly dependencies: PipeDependencies,
        from?: StreamPosition,
    ) {
        requireServed(settings);
        this.arn = arn("pipes", `pipe/${settings.name}`);
        this.filters = settings.filters.map((filter) => EventPattern.compileFilter(filter));
        for (const path of pathsOf(settings)) {
            this.paths.set(path, compileJsonPath(path));
        }
        this.consumer = new StreamConsumer(
            {
                label: `pipe ${settings.name}`,
                streamArn: settings.source,
                principal: this.principal,
                policy: settings.policy,
                wanted: (record) => this.filters.length === 0 || this.filters.some((filter) => filter.matches(record)),
                handle: async (records) => this.publish(records),
                discard: (batch) => {
                    this.sendDeadLetter(batch);
                },
            },
            dependencies,
            from,
        );
    }

    get checkpoint(): StreamPosition {
        return this.consumer.checkpoint;
    }

    /** @throws AwsError when the role does not trust pipes or may not read the stream, or there is none. */
    start(): void {
        const { roleArn, name } = this.settings;
        assumeRole(this.dependencies.authorize, { service: "pipes.amazonaws.com", sourceArn: this.arn }, roleArn, name);
        if (this.settings.running) {
            this.consumer.start();
        }
    }

    close(): Promise<void> {
        return this.consumer.close();
    }

    private get principal() {
        return roleSession(this.settings.roleArn, this.settings.name);
    }

    /** One record at a time, although PutEvents takes ten: this way it is known exactly how far a batch got. */
    private publish(records: readonly StreamRecord[]): BatchOutcome {
        for (const [index, record] of records.entries()) {
            const problem = this.publishRecord(record);
            if (problem !== undefined) {
                return { ok: false, reason: problem, failedAt: index };
            }
        }
        return { ok: true };
    }

    private publishRecord(record: StreamRecord): string | undefined {
        const { name, target, eventSource, detailType, resources, inputTemplate } = this.settings;
        try {
            const [result] = this.dependencies.events.putEvents(
                [
                    {
                        source: this.resolve(eventSource ?? `Pipe ${name}`, record),
                        detailType: this.resolve(detailType ?? `Event from ${record.eventSource}`, record),
                        detail:
                            inputTemplate === undefined ? JSON.stringify(record) : this.render(inputTemplate, record),
                        eventBusName: target,
                        resources: resources?.map((resource) => this.resolve(resource, record)),
                    },
                ],
                this.principal,
            );
            return result !== undefined && "ErrorCode" in result
                ? `${result.ErrorCode}: ${result.ErrorMessage}`
                : undefined;
        } catch (error) {
            return messageOf(error);
        }
    }

    private resolve(text: string, record: StreamRecord): string {
        const value = this.paths.get(text)?.(record);
        if (value === undefined) {
            return text.startsWith("$.") ? "" : text;
        }
        return typeof value === "string" ? value : JSON.stringify(value);
    }

    private render(template: string, record: StreamRecord): string {
        return renderTemplate(template, (name) => {
            const path = this.paths.get(name);
            return path === undefined ? this.reserved(name, record) : { value: path(record) };
        });
    }

    /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html */
    private reserved(name: string, record: StreamRecord): { readonly value: unknown } | undefined {
        switch (name) {
            case "aws.pipes.pipe-arn":
                return { value: this.arn };
            case "aws.pipes.pipe-name":
                return { value: this.settings.name };
            case "aws.pipes.source-arn":
                return { value: this.settings.source };
            case "aws.pipes.enrichment-arn":
                return { value: undefined };
            case "aws.pipes.target-arn":
                return { value: this.settings.target };
            case "aws.pipes.event.ingestion-time":
                return { value: new Date(this.dependencies.clock()).toISOString() };
            case "aws.pipes.event":
            case "aws.pipes.event.json":
                return { value: record };
            default:
                return undefined;
        }
    }

    private sendDeadLetter(batch: DiscardedBatch): void {
        const { records, condition } = batch;
        const { name, source, deadLetterArn } = this.settings;
        const { queues, log, clock } = this.dependencies;
        const fate =
            deadLetterArn === undefined ? "dropped, as there is no dead-letter queue" : "sent to the dead-letter queue";
        log(`pipe ${name}: ${records.length} records ${fate} (${condition})`);
        if (deadLetterArn === undefined) {
            return;
        }
        const body = JSON.stringify({
            context: { partnerResourceArn: this.arn, condition },
            version: "1.0",
            timestamp: new Date(clock()).toISOString(),
            DDBStreamBatchInfo: batchInfo(source, batch),
        });
        try {
            queues.send(deadLetterArn, { body }, this.principal);
        } catch (error) {
            log(`pipe ${name}: the dead-letter queue ${deadLetterArn} answered: ${messageOf(error)}`);
        }
    }
}

function requireServed({ name, description, source, target, inputTemplate }: PipeSettings): void {
    requireText(LIMITS.pipeName, name);
    requireText(LIMITS.pipeDescription, description);
    requireText(LIMITS.inputTemplate, inputTemplate);
    for (const arnOf of [source, target]) {
        const [, , , region, account] = arnOf.split(":");
        if (region !== REGION || account !== ACCOUNT_ID) {
            throw new AwsError(
                "ValidationException",
                `A pipe, its source and its target are in one Region and account, which are ${REGION} and ${ACCOUNT_ID} ` +
                    `here; ${name} has ${arnOf}`,
            );
        }
    }
    if (!/^arn:aws:dynamodb:[^:]+:\d+:table\/[^/]+\/stream\/.+$/.test(source)) {
        throw new AwsError(
            "ValidationException",
            `The local cloud serves pipes from DynamoDB streams only; the source of ${name} is ${source}`,
        );
    }
    if (!/^arn:aws:events:[^:]+:\d+:event-bus\/.+$/.test(target)) {
        throw new AwsError(
            "ValidationException",
            `The local cloud serves pipes to event buses only; the target of ${name} is ${target}`,
        );
    }
}

function pathsOf({
    inputTemplate = "",
    eventSource = "",
    detailType = "",
    resources = [],
}: PipeSettings): readonly string[] {
    const inTemplate = [...inputTemplate.matchAll(/<(\$[^<>"\s]*)>/g)].map(([, path]) => path ?? "");
    return [...inTemplate, ...[eventSource, detailType, ...resources].filter((text) => text.startsWith("$."))];
}
