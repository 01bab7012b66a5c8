import { PING_SECONDS } from "../../contract/limits";
import { createDeliveryQueue } from "../deliveries/delivery-queue";
import type { Edges } from "../edges/edges";
import { openMessageLog } from "../message-log/open-message-log";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { openRegistry } from "../registry/registry";
import { createAnswer } from "./answer";
import { createMessageHandler } from "./handler";
import type { MessageSettings } from "./settings";

export type MessageEdges = Pick<
    Edges,
    "documents" | "transport" | "sendBatch" | "clock" | "sleep" | "random" | "newId" | "log"
>;

export function compose(settings: MessageSettings, edges: MessageEdges): ReturnType<typeof createMessageHandler> {
    const { documents, transport, sendBatch, clock, sleep, random, log } = edges;
    return createMessageHandler({
        answer: createAnswer({
            registry: openRegistry(documents, settings.registryTable, edges),
            namespaces: cachedNamespaces(loadFromTable(documents, settings.namespaceTable, log), clock),
            history: openMessageLog(settings.messageLogTable, edges).history,
            maxSubscriptions: settings.maxSubscriptions,
            pingSeconds: PING_SECONDS,
            clock,
        }),
        transport,
        deliveries: createDeliveryQueue(sendBatch, sleep, random),
        clock,
        sleep,
        random,
        log,
    });
}
