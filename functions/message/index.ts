import { sleep } from "../lib/backoff";
import { environmentCredentials } from "../lib/credentials";
import { createDocumentClient } from "../lib/dynamodb";
import { positiveInteger, readEnvironment, text, url } from "../lib/environment";
import { createDeliveryQueue, sqsBatches } from "../lib/fan-out/delivery-queue";
import { createLog } from "../lib/log";
import { openMessageLog } from "../lib/message-log/open-message-log";
import { cachedNamespaces, loadFromTable } from "../lib/namespaces";
import { openRegistry } from "../lib/registry";
import { createSender } from "../lib/sender";
import { createAnswer } from "./answer";
import { createMessageHandler } from "./handler";

const environment = readEnvironment(process.env, {
    registryTable: text("REGISTRY_TABLE"),
    namespaceTable: text("NAMESPACE_TABLE"),
    messageLogTable: text("MESSAGE_LOG_TABLE"),
    deliveryQueueUrl: text("DELIVERY_QUEUE_URL"),
    managementEndpoint: url("MANAGEMENT_ENDPOINT"),
    maxSubscriptions: positiveInteger("MAX_SUBSCRIPTIONS"),
    pingSeconds: positiveInteger("PING_SECONDS"),
    region: text("AWS_REGION"),
});
const { registryTable, namespaceTable, messageLogTable, deliveryQueueUrl, managementEndpoint, region } = environment;
const clock = Date.now;
const log = createLog();
const documents = createDocumentClient();

export const handler = createMessageHandler({
    answer: createAnswer({
        registry: openRegistry(documents, registryTable),
        namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
        history: openMessageLog(documents, messageLogTable).history,
        maxSubscriptions: environment.maxSubscriptions,
        pingSeconds: environment.pingSeconds,
        clock,
    }),
    // An execution environment answers one frame at a time, and posts its frames one after the other.
    sender: createSender({
        endpoint: managementEndpoint,
        region,
        credentials: environmentCredentials(process.env),
        clock,
        connections: 1,
    }),
    deliveries: createDeliveryQueue(sqsBatches(deliveryQueueUrl), sleep, Math.random),
    clock,
    sleep,
    random: Math.random,
    log,
});
