import type { SettingsOf } from "../runtime/settings";
import {
    DELIVERY_QUEUE_URL,
    MANAGEMENT_ENDPOINT,
    MAX_SUBSCRIPTIONS,
    MESSAGE_LOG_TABLE,
    NAMESPACE_TABLE,
    REGION,
    REGISTRY_TABLE,
} from "../runtime/shared-settings";

export const MESSAGE_SETTINGS = {
    registryTable: REGISTRY_TABLE,
    namespaceTable: NAMESPACE_TABLE,
    messageLogTable: MESSAGE_LOG_TABLE,
    deliveryQueueUrl: DELIVERY_QUEUE_URL,
    managementEndpoint: MANAGEMENT_ENDPOINT,
    maxSubscriptions: MAX_SUBSCRIPTIONS,
    region: REGION,
};

export type MessageSettings = SettingsOf<typeof MESSAGE_SETTINGS>;
