import { sleep } from "../lib/backoff";
import { createDocumentClient } from "../lib/dynamodb";
import { positiveInteger, readEnvironment, text } from "../lib/environment";
import { createDeliveryQueue, sqsBatches } from "../lib/fan-out/delivery-queue";
import { createLog } from "../lib/log";
import { cachedNamespaces, loadFromTable } from "../lib/namespaces";
import { openRegistry } from "../lib/registry";
import { createConnectHandler } from "./handler";

const { registryTable, namespaceTable, deliveryQueueUrl, maxSubscriptions } = readEnvironment(process.env, {
    registryTable: text("REGISTRY_TABLE"),
    namespaceTable: text("NAMESPACE_TABLE"),
    deliveryQueueUrl: text("DELIVERY_QUEUE_URL"),
    maxSubscriptions: positiveInteger("MAX_SUBSCRIPTIONS"),
});
const clock = Date.now;
const log = createLog();
const documents = createDocumentClient();

export const handler = createConnectHandler({
    registry: openRegistry(documents, registryTable),
    namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
    deliveries: createDeliveryQueue(sqsBatches(deliveryQueueUrl), sleep, Math.random),
    maxSubscriptions,
    clock,
    log,
});
