import { createDeliveryQueue } from "../deliveries/delivery-queue";
import type { Edges } from "../edges/edges";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { openRegistry } from "../registry/registry";
import { createConnectHandler } from "./handler";
import type { ConnectSettings } from "./settings";

export type ConnectEdges = Pick<Edges, "documents" | "sendBatch" | "clock" | "sleep" | "random" | "log">;

export function compose(settings: ConnectSettings, edges: ConnectEdges): ReturnType<typeof createConnectHandler> {
    const { documents, sendBatch, clock, sleep, random, log } = edges;
    return createConnectHandler({
        registry: openRegistry(documents, settings.registryTable, edges),
        namespaces: cachedNamespaces(loadFromTable(documents, settings.namespaceTable, log), clock),
        deliveries: createDeliveryQueue(sendBatch, sleep, random),
        maxSubscriptions: settings.maxSubscriptions,
        clock,
        log,
    });
}
