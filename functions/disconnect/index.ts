import { SYSTEM } from "../edges/system";
import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { disconnectRoute } from "../transports/api-gateway/routes";
import { compose } from "./compose";
import { DISCONNECT_SETTINGS } from "./settings";

const settings = readSettings(process.env, DISCONNECT_SETTINGS);

export const handler = disconnectRoute(compose(settings, { ...SYSTEM, documents: createDocumentClient() }));
