import { createDocumentClient } from "../lib/dynamodb";
import { positiveInteger, readEnvironment, text } from "../lib/environment";
import { createLog } from "../lib/log";
import { cachedNamespaces, loadFromTable } from "../lib/namespaces";
import { openRegistry } from "../lib/registry";
import { createConnectHandler } from "./handler";

const { registryTable, namespaceTable, maxSubscriptions } = readEnvironment(process.env, {
    registryTable: text("REGISTRY_TABLE"),
    namespaceTable: text("NAMESPACE_TABLE"),
    maxSubscriptions: positiveInteger("MAX_SUBSCRIPTIONS"),
});
const log = createLog();
const documents = createDocumentClient();

export const handler = createConnectHandler({
    registry: openRegistry(documents, registryTable),
    namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), Date.now),
    maxSubscriptions,
    log,
});
