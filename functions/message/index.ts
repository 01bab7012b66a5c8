import { sqsBatches } from "../deliveries/delivery-queue";
import { SYSTEM } from "../edges/system";
import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { messageRoute } from "../transports/api-gateway/routes";
import { openSender } from "../transports/api-gateway/sender";
import { compose } from "./compose";
import { MESSAGE_SETTINGS } from "./settings";

const settings = readSettings(process.env, MESSAGE_SETTINGS);

export const handler = messageRoute(
    compose(settings, {
        ...SYSTEM,
        documents: createDocumentClient(),
        // An execution environment answers one frame at a time, and posts its frames one after the other.
        transport: openSender(settings, { connections: 1 }),
        sendBatch: sqsBatches(settings.deliveryQueueUrl),
    }),
);
