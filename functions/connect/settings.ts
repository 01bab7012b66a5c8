import type { SettingsOf } from "../runtime/settings";
import { DELIVERY_QUEUE_URL, MAX_SUBSCRIPTIONS, NAMESPACE_TABLE, REGISTRY_TABLE } from "../runtime/shared-settings";

export const CONNECT_SETTINGS = {
    registryTable: REGISTRY_TABLE,
    namespaceTable: NAMESPACE_TABLE,
    deliveryQueueUrl: DELIVERY_QUEUE_URL,
    maxSubscriptions: MAX_SUBSCRIPTIONS,
};

export type ConnectSettings = SettingsOf<typeof CONNECT_SETTINGS>;
