import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Audience } from "../registry/audience";
import { RegistryAudience } from "../registry/audience";
import { sleep } from "../runtime/backoff";
import { Slots } from "../runtime/concurrency";
import { environmentCredentials } from "../transports/api-gateway/credentials";
import type { DeadLetters, PutLetter } from "../deliveries/dead-letters";
import { createDeadLetters, sqsQueue } from "../deliveries/dead-letters";
import { positiveInteger, text, url, withDefault } from "../runtime/environment";
import type { Log } from "../runtime/log";
import { openRegistry } from "../registry/registry";
import type { Transport } from "../transports/transport";
import { createSender } from "../transports/api-gateway/sender";
import type { ChunkDeliveryDeps, DeliverChunk } from "../deliveries/chunk-delivery";
import { createChunkDelivery } from "../deliveries/chunk-delivery";
import { createDeliveryQueue, sqsBatches } from "../deliveries/delivery-queue";
import type { ExpandRange } from "./range-expansion";
import { createRangeExpansion } from "./range-expansion";
import { Regulator } from "../posting/regulator";
import { TokenBucket } from "../posting/token-bucket";

/** What the notifier and the deliverer are both told. */
export const FAN_OUT_VARIABLES = {
    registryTable: text("REGISTRY_TABLE"),
    managementEndpoint: url("MANAGEMENT_ENDPOINT"),
    deliveryQueueUrl: text("DELIVERY_QUEUE_URL"),
    deadLetterQueueUrl: text("DEAD_LETTER_QUEUE_URL"),
    /** Posts per second of one execution environment. */
    workerRate: positiveInteger("WORKER_RATE"),
    /** Connections in one message of the delivery queue. */
    chunkSize: positiveInteger("CHUNK_SIZE"),
    maxInFlight: withDefault(positiveInteger, "MAX_IN_FLIGHT", 256),
    maxAttempts: withDefault(positiveInteger, "MAX_ATTEMPTS", 10),
    maxAgeSeconds: withDefault(positiveInteger, "MAX_AGE_SECONDS", 900),
    graceSeconds: withDefault(positiveInteger, "GRACE_SECONDS", 30),
    region: text("AWS_REGION"),
} as const;

type Variables = typeof FAN_OUT_VARIABLES;
export type FanOutSettings = { readonly [Name in keyof Variables]: ReturnType<Variables[Name]> };

/** In what the notifier and the deliverer differ. */
export interface FanOutRole {
    /** Posts that may be made at once, after a pause. */
    readonly burst: number;
    /** See `PostingDeps`. */
    readonly patient: boolean;
    /** How long it reads an audience, in milliseconds. */
    readonly budgetMs: number;
}

export interface FanOutParts {
    readonly transport: Transport;
    readonly audience: Audience;
    /** What whatever else posts from here shares with the fan-out. */
    readonly posting: ChunkDeliveryDeps;
    readonly deliver: DeliverChunk;
    readonly expand: ExpandRange;
    readonly deadLetters: DeadLetters;
    readonly putLetter: PutLetter;
}

/** The parts of the fan-out, on AWS. One set for an execution environment: the pace is of all that it posts. */
export function openFanOut(
    settings: FanOutSettings,
    { burst, patient, budgetMs }: FanOutRole,
    documents: DynamoDBDocumentClient,
    log: Log,
): FanOutParts {
    const { registryTable, workerRate, chunkSize, maxInFlight, maxAttempts, maxAgeSeconds } = settings;
    const clock = Date.now;
    const random = Math.random;
    const queue = createDeliveryQueue(sqsBatches(settings.deliveryQueueUrl), sleep, random);
    const putLetter = sqsQueue(settings.deadLetterQueueUrl);
    const deadLetters = createDeadLetters(putLetter);
    const audience = new RegistryAudience(documents, registryTable, clock);
    const transport = createSender({
        endpoint: settings.managementEndpoint,
        region: settings.region,
        credentials: environmentCredentials(process.env),
        clock,
        connections: maxInFlight,
        // API Gateway answers in a fraction of a second; whoever waits longer holds up the rest.
        timeoutMs: 3_000,
    });
    const posting: ChunkDeliveryDeps = {
        transport,
        registry: openRegistry(documents, registryTable),
        queue,
        deadLetters,
        slots: new Slots(maxInFlight),
        regulator: new Regulator(new TokenBucket(workerRate, burst, clock), clock),
        patient,
        chunkSize,
        limits: { maxAttempts, maxAgeSeconds },
        graceSeconds: settings.graceSeconds,
        clock,
        sleep,
        random,
        log,
    };
    const deliver = createChunkDelivery(posting);
    const limits = { chunkSize, maxAttempts, budgetMs };
    const expand = createRangeExpansion({ audience, queue, clock, sleep, random, log, ...limits });
    return { transport, audience, posting, deliver, expand, deadLetters, putLetter };
}
