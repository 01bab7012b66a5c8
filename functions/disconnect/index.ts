import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { openRegistry } from "../registry/registry";
import { disconnectRoute } from "../transports/api-gateway/routes";
import { createDisconnectHandler } from "./handler";
import { DISCONNECT_SETTINGS } from "./settings";

const { registryTable } = readSettings(process.env, DISCONNECT_SETTINGS);
const documents = createDocumentClient();

export const handler = disconnectRoute(createDisconnectHandler(openRegistry(documents, registryTable)));
