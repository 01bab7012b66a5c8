import { PING_SECONDS } from "../../contract/limits";
import { sleep } from "../runtime/backoff";
import { environmentCredentials } from "../transports/api-gateway/credentials";
import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { createDeliveryQueue, sqsBatches } from "../deliveries/delivery-queue";
import { createLog } from "../runtime/log";
import { openMessageLog } from "../message-log/open-message-log";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { openRegistry } from "../registry/registry";
import { messageRoute } from "../transports/api-gateway/routes";
import { createSender } from "../transports/api-gateway/sender";
import { createAnswer } from "./answer";
import { createMessageHandler } from "./handler";
import { MESSAGE_SETTINGS } from "./settings";

const environment = readSettings(process.env, MESSAGE_SETTINGS);
const { registryTable, namespaceTable, messageLogTable, deliveryQueueUrl, managementEndpoint, region } = environment;
const clock = Date.now;
const log = createLog();
const documents = createDocumentClient();

export const handler = messageRoute(
    createMessageHandler({
        answer: createAnswer({
            registry: openRegistry(documents, registryTable),
            namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
            history: openMessageLog(documents, messageLogTable).history,
            maxSubscriptions: environment.maxSubscriptions,
            pingSeconds: PING_SECONDS,
            clock,
        }),
        // An execution environment answers one frame at a time, and posts its frames one after the other.
        transport: createSender({
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
    }),
);
