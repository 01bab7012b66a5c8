import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Audience } from "../registry/audience";
import { RegistryAudience } from "../registry/audience";
import { sleep } from "../runtime/backoff";
import { Slots } from "../runtime/concurrency";
import { environmentCredentials } from "../transports/api-gateway/credentials";
import type { DeadLetters, PutLetter } from "../deliveries/dead-letters";
import { createDeadLetters, sqsQueue } from "../deliveries/dead-letters";
import type { Log } from "../runtime/log";
import { openRegistry } from "../registry/registry";
import type { Transport } from "../transports/transport";
import { createSender } from "../transports/api-gateway/sender";
import type { ChunkDeliveryDeps, DeliverChunk } from "../deliveries/chunk-delivery";
import { createChunkDelivery } from "../deliveries/chunk-delivery";
import { createDeliveryQueue, sqsBatches } from "../deliveries/delivery-queue";
import type { ExpandRange } from "./range-expansion";
import { createRangeExpansion } from "./range-expansion";
import { paceFor } from "./pace";
import type { FanOutSettings } from "./settings";
import { DELIVERY_LIMITS, GRACE_SECONDS } from "./settings";
import { Regulator } from "../posting/regulator";
import { TokenBucket } from "../posting/token-bucket";

/** The settings in which the notifier and the deliverer differ. */
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
    const { registryTable, deliveryConcurrency, deliveryRate } = settings;
    const { workerRate, chunkSize } = paceFor(deliveryRate);
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
        connections: deliveryConcurrency,
        // API Gateway answers in a fraction of a second. To wait longer for one post would hold up the rest.
        timeoutMs: 3_000,
    });
    const posting: ChunkDeliveryDeps = {
        transport,
        registry: openRegistry(documents, registryTable),
        queue,
        deadLetters,
        slots: new Slots(deliveryConcurrency),
        regulator: new Regulator(new TokenBucket(workerRate, burst, clock), clock),
        patient,
        chunkSize,
        limits: DELIVERY_LIMITS,
        graceSeconds: GRACE_SECONDS,
        clock,
        sleep,
        random,
        log,
    };
    const deliver = createChunkDelivery(posting);
    const limits = { chunkSize, maxAttempts: DELIVERY_LIMITS.maxAttempts, budgetMs };
    const expand = createRangeExpansion({ audience, queue, clock, sleep, random, log, ...limits });
    return { transport, audience, posting, deliver, expand, deadLetters, putLetter };
}
