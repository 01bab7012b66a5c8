import { sleep } from "../runtime/backoff";
import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { createDeliveryQueue, sqsBatches } from "../deliveries/delivery-queue";
import { createLog } from "../runtime/log";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { openRegistry } from "../registry/registry";
import { connectRoute } from "../transports/api-gateway/routes";
import { createConnectHandler } from "./handler";
import { CONNECT_SETTINGS } from "./settings";

const { registryTable, namespaceTable, deliveryQueueUrl, maxSubscriptions } = readSettings(
    process.env,
    CONNECT_SETTINGS,
);
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
