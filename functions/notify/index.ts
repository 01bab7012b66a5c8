import { randomUUID } from "node:crypto";
import { RegistryAudience } from "../lib/audience";
import { sleep } from "../lib/backoff";
import { environmentCredentials } from "../lib/credentials";
import { createDeadLetters, sqsQueue } from "../lib/dead-letters";
import { createDeliver } from "../lib/delivery";
import { createDocumentClient } from "../lib/dynamodb";
import { positiveInteger, readEnvironment, text, url, withDefault } from "../lib/environment";
import { createLog } from "../lib/log";
import { openMessageLog } from "../lib/message-log/open-message-log";
import { createMetrics } from "../lib/metrics";
import { cachedNamespaces, loadFromTable } from "../lib/namespaces";
import { createPublisher } from "../lib/publisher";
import { openRegistry } from "../lib/registry";
import { createSender } from "../lib/sender";
import { createNotifyHandler } from "./handler";

const environment = readEnvironment(process.env, {
    registryTable: text("REGISTRY_TABLE"),
    namespaceTable: text("NAMESPACE_TABLE"),
    messageLogTable: text("MESSAGE_LOG_TABLE"),
    managementEndpoint: url("MANAGEMENT_ENDPOINT"),
    deadLetterQueueUrl: text("DEAD_LETTER_QUEUE_URL"),
    maxInFlight: withDefault(positiveInteger, "MAX_IN_FLIGHT", 256),
    graceSeconds: withDefault(positiveInteger, "GRACE_SECONDS", 30),
    region: text("AWS_REGION"),
    functionName: withDefault(text, "AWS_LAMBDA_FUNCTION_NAME", "notify"),
});

const { registryTable, namespaceTable, messageLogTable, managementEndpoint, maxInFlight, graceSeconds, region } =
    environment;
const clock = Date.now;
const log = createLog();
const documents = createDocumentClient();
const deadLetters = createDeadLetters(sqsQueue(environment.deadLetterQueueUrl));

const deliver = createDeliver({
    sender: createSender({
        endpoint: managementEndpoint,
        region,
        credentials: environmentCredentials(process.env),
        clock,
        connections: maxInFlight,
    }),
    registry: openRegistry(documents, registryTable),
    clock,
    sleep,
    random: Math.random,
    log,
    graceSeconds,
});

export const handler = createNotifyHandler({
    namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
    publish: createPublisher({
        audience: new RegistryAudience(documents, registryTable, clock),
        deliver,
        deadLetters,
        log,
        maxInFlight,
        messageLog: openMessageLog(documents, messageLogTable).messageLog,
    }),
    deadLetters,
    metrics: createMetrics(environment.functionName, clock),
    log,
    clock,
    randomId: randomUUID,
});
