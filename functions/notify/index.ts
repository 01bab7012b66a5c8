import { sqsQueue } from "../deliveries/dead-letters";
import { sqsBatches } from "../deliveries/delivery-queue";
import { SYSTEM } from "../edges/system";
import { createDocumentClient } from "../runtime/dynamodb";
import { createMetrics } from "../runtime/metrics";
import { readSettings } from "../runtime/settings";
import { openSender } from "../transports/api-gateway/sender";
import { compose } from "./compose";
import { NOTIFY_SETTINGS } from "./settings";

const settings = readSettings(process.env, NOTIFY_SETTINGS);

export const handler = compose(settings, {
    ...SYSTEM,
    documents: createDocumentClient(),
    // API Gateway answers in a fraction of a second. To wait longer for one post would hold up the rest.
    transport: openSender(settings, { connections: settings.deliveryConcurrency, timeoutMs: 3_000 }),
    sendBatch: sqsBatches(settings.deliveryQueueUrl),
    putLetter: sqsQueue(settings.deadLetterQueueUrl),
    metrics: createMetrics(settings.functionName, SYSTEM.clock),
});
