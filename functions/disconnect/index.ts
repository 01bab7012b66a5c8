import { createDocumentClient } from "../runtime/dynamodb";
import { readEnvironment, text } from "../runtime/environment";
import { openRegistry } from "../registry/registry";
import { disconnectRoute } from "../transports/api-gateway/routes";
import { createDisconnectHandler } from "./handler";

const { registryTable } = readEnvironment(process.env, { registryTable: text("REGISTRY_TABLE") });
const documents = createDocumentClient();

export const handler = disconnectRoute(createDisconnectHandler(openRegistry(documents, registryTable)));
