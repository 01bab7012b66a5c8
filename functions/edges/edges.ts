import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { PutLetter } from "../deliveries/dead-letters";
import type { SendBatch } from "../deliveries/delivery-queue";
import type { Random, Sleep } from "../runtime/backoff";
import type { Log } from "../runtime/log";
import type { Metrics } from "../runtime/metrics";
import type { FetchJson } from "../tokens/issuer";
import type { Transport } from "../transports/transport";

/** All that functions reach outside themselves. Each function's `compose` says which of it that function needs. */
export interface Edges {
    readonly documents: DynamoDBDocumentClient;
    readonly transport: Transport;
    /** Hands messages to the delivery queue. */
    readonly sendBatch: SendBatch;
    /** Stores a dead letter. */
    readonly putLetter: PutLetter;
    readonly fetchJson: FetchJson;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    readonly sleep: Sleep;
    readonly random: Random;
    /** A new random text of letters, digits, `-` and `_`. */
    readonly newId: () => string;
    readonly log: Log;
    readonly metrics: Metrics;
}
