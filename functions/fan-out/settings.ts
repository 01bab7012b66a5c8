import type { SettingsOf } from "../runtime/settings";
import { integer, withDefault } from "../runtime/settings";
import {
    DEAD_LETTER_QUEUE_URL,
    DELIVERY_QUEUE_URL,
    MANAGEMENT_ENDPOINT,
    REGION,
    REGISTRY_TABLE,
} from "../runtime/shared-settings";

/** What the notifier and the deliverer are both told. */
export const FAN_OUT_SETTINGS = {
    registryTable: REGISTRY_TABLE,
    managementEndpoint: MANAGEMENT_ENDPOINT,
    deliveryQueueUrl: DELIVERY_QUEUE_URL,
    deadLetterQueueUrl: DEAD_LETTER_QUEUE_URL,
    /**
     * Posts per second of all notifiers and deliverers together. The default leaves every Region's account something for
     * its other APIs, and most of it in the large ones.
     */
    deliveryRate: withDefault(integer("DELIVERY_RATE", 50, 10_000), 2_000),
    /** Posts that one run keeps in flight. */
    deliveryConcurrency: withDefault(integer("DELIVERY_CONCURRENCY", 1, 1_000), 256),
    region: REGION,
};

export type FanOutSettings = SettingsOf<typeof FAN_OUT_SETTINGS>;

/** When a delivery is given up. */
export const DELIVERY_LIMITS = { maxAttempts: 10, maxAgeSeconds: 900 } as const;

/** How long a connection may answer 410 because it is not quite there yet. */
export const GRACE_SECONDS = 30;
