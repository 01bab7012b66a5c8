import { sleep } from "../lib/backoff";
import { BatchWriter } from "../lib/batch-write";
import { Slots } from "../lib/concurrency";
import { environmentCredentials } from "../lib/credentials";
import { createDeadLetters, sqsQueue } from "../lib/dead-letters";
import { createDocumentClient } from "../lib/dynamodb";
import { positiveInteger, readEnvironment, text, url, withDefault } from "../lib/environment";
import { RegistryAudienceReader } from "../lib/fan-out/audience-reader";
import { createChunkDelivery } from "../lib/fan-out/chunk-delivery";
import { createDeliverer } from "../lib/fan-out/deliverer";
import { createDeliveryQueue, sqsBatches } from "../lib/fan-out/delivery-queue";
import { burstOf } from "../lib/fan-out/pace";
import { createRangeExpansion } from "../lib/fan-out/range-expansion";
import { Regulator } from "../lib/fan-out/regulator";
import { TokenBucket } from "../lib/fan-out/token-bucket";
import { createLog } from "../lib/log";
import { createMetrics } from "../lib/metrics";
import { ConnectionRegistry } from "../lib/registry";
import { createSender } from "../lib/sender";
import { createDeliverHandler } from "./handler";

const environment = readEnvironment(process.env, {
    registryTable: text("REGISTRY_TABLE"),
    managementEndpoint: url("MANAGEMENT_ENDPOINT"),
    deliveryQueueUrl: text("DELIVERY_QUEUE_URL"),
    deadLetterQueueUrl: text("DEAD_LETTER_QUEUE_URL"),
    workerRate: positiveInteger("WORKER_RATE"),
    chunkSize: positiveInteger("CHUNK_SIZE"),
    maxInFlight: withDefault(positiveInteger, "MAX_IN_FLIGHT", 256),
    maxAttempts: withDefault(positiveInteger, "MAX_ATTEMPTS", 10),
    maxAgeSeconds: withDefault(positiveInteger, "MAX_AGE_SECONDS", 900),
    graceSeconds: withDefault(positiveInteger, "GRACE_SECONDS", 30),
    region: text("AWS_REGION"),
    functionName: withDefault(text, "AWS_LAMBDA_FUNCTION_NAME", "deliver"),
});

const { registryTable, workerRate, maxInFlight, maxAttempts } = environment;
const clock = Date.now;
const random = Math.random;
const log = createLog();
const documents = createDocumentClient();
const putLetter = sqsQueue(environment.deadLetterQueueUrl);
const queue = createDeliveryQueue(sqsBatches(environment.deliveryQueueUrl), sleep, random);

const deliver = createChunkDelivery({
    sender: createSender({
        endpoint: environment.managementEndpoint,
        region: environment.region,
        credentials: environmentCredentials(process.env),
        clock,
        connections: maxInFlight,
        timeoutMs: 3_000,
    }),
    registry: new ConnectionRegistry(documents, registryTable, new BatchWriter(documents, registryTable, sleep, random)),
    queue,
    deadLetters: createDeadLetters(putLetter),
    patient: true,
    slots: new Slots(maxInFlight),
    regulator: new Regulator(new TokenBucket(workerRate, burstOf(workerRate), clock), clock),
    clock,
    sleep,
    random,
    log,
    graceSeconds: environment.graceSeconds,
    chunkSize: environment.chunkSize,
    limits: { maxAttempts, maxAgeSeconds: environment.maxAgeSeconds },
});

const expand = createRangeExpansion({
    audience: new RegistryAudienceReader(documents, registryTable, clock),
    queue,
    clock,
    sleep,
    random,
    log,
    chunkSize: environment.chunkSize,
    maxAttempts,
});

const metrics = createMetrics(environment.functionName, clock);

export const handler = createDeliverHandler(createDeliverer({ deliver, expand, putLetter, metrics, log }), log);
