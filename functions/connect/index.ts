import { sqsBatches } from "../deliveries/delivery-queue";
import { SYSTEM } from "../edges/system";
import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { connectRoute } from "../transports/api-gateway/routes";
import { compose } from "./compose";
import { CONNECT_SETTINGS } from "./settings";

const settings = readSettings(process.env, CONNECT_SETTINGS);

export const handler = connectRoute(
    compose(settings, {
        ...SYSTEM,
        documents: createDocumentClient(),
        sendBatch: sqsBatches(settings.deliveryQueueUrl),
    }),
);
