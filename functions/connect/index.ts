import { sleep } from "../runtime/backoff";
import { createDocumentClient } from "../runtime/dynamodb";
import { positiveInteger, readEnvironment, text } from "../runtime/environment";
import { createDeliveryQueue, sqsBatches } from "../deliveries/delivery-queue";
import { createLog } from "../runtime/log";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { openRegistry } from "../registry/registry";
import { connectRoute } from "../transports/api-gateway/routes";
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

export const handler = connectRoute(
    createConnectHandler({
        registry: openRegistry(documents, registryTable),
        namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
        deliveries: createDeliveryQueue(sqsBatches(deliveryQueueUrl), sleep, Math.random),
        maxSubscriptions,
        clock,
        log,
    }),
);
