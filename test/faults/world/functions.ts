import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import * as connect from "../../../functions/connect/compose";
import * as deliver from "../../../functions/deliver/compose";
import type { SendBatch } from "../../../functions/deliveries/delivery-queue";
import * as disconnect from "../../../functions/disconnect/compose";
import * as message from "../../../functions/message/compose";
import * as notify from "../../../functions/notify/compose";
import type { Sleep } from "../../../functions/runtime/backoff";
import type {
    ConnectEvent,
    GatewayEvent,
    GatewayResponse,
    MessageEvent,
} from "../../../functions/transports/api-gateway/gateway-events";
import { connectRoute, disconnectRoute, messageRoute } from "../../../functions/transports/api-gateway/routes";
import type { PostOutcome } from "../../../functions/transports/transport";
import { fakeTransport } from "../../fakes/transport";
import { RecordingLog, RecordingMetrics } from "../../fakes/recorders";
import type { Life } from "../../../simulation/life";
import type { Tables } from "./tables";
import { LOG, NAMESPACES, REGISTRY } from "./tables";

/** What the functions are made of, and what they reach. */
export interface Surroundings {
    readonly tables: Tables;
    readonly clock: () => number;
    readonly sleep: Sleep;
    readonly random: () => number;
    readonly newId: () => string;
    readonly post: (connectionId: string, text: string) => Promise<PostOutcome>;
    readonly sendBatch: SendBatch;
    readonly putLetter: (body: string) => void;
}

/** The handlers of all functions, as one execution environment has them: the bundles' own, with other surroundings. */
export interface Handlers {
    readonly connect: (event: ConnectEvent) => Promise<GatewayResponse>;
    readonly disconnect: (event: GatewayEvent) => Promise<GatewayResponse>;
    readonly message: (event: MessageEvent) => Promise<GatewayResponse>;
    readonly notify: (event: unknown) => Promise<unknown>;
    readonly deliver: (event: SQSEvent) => Promise<SQSBatchResponse>;
}

const SETTINGS = {
    registryTable: REGISTRY,
    namespaceTable: NAMESPACES,
    messageLogTable: LOG,
    // Nobody looks at these: the edges below stand for what they name.
    managementEndpoint: new URL("https://gateway.invalid/v1"),
    deliveryQueueUrl: "deliveries",
    deadLetterQueueUrl: "dead-letters",
    region: "us-east-1",
    functionName: "function",
    deliveryRate: 2_000,
    deliveryConcurrency: 50,
    maxSubscriptions: 10,
};

export function createHandlers(surroundings: Surroundings, life: Life): Handlers {
    const { tables, clock, sleep, random, newId, post, sendBatch, putLetter } = surroundings;
    const edges = {
        documents: tables.documents(life),
        transport: fakeTransport((connectionId, frame) =>
            life.request("execute-api:ManageConnections", () => post(connectionId, frame)),
        ),
        sendBatch: (entries: Parameters<SendBatch>[0]) =>
            life.request("sqs:SendMessageBatch", () => sendBatch(entries)),
        putLetter: (_reason: string, body: string) =>
            life.request("sqs:SendMessage", async () => {
                putLetter(body);
            }),
        clock,
        sleep,
        random,
        newId,
        log: new RecordingLog(),
        metrics: new RecordingMetrics(),
    };
    return {
        connect: connectRoute(connect.compose(SETTINGS, edges)),
        disconnect: disconnectRoute(disconnect.compose(SETTINGS, edges)),
        message: messageRoute(message.compose(SETTINGS, edges)),
        notify: notify.compose(SETTINGS, edges),
        deliver: deliver.compose(SETTINGS, edges),
    };
}
