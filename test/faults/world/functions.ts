import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { createConnectHandler } from "../../../functions/connect/handler";
import { createDeliverHandler } from "../../../functions/deliver/handler";
import { createDisconnectHandler } from "../../../functions/disconnect/handler";
import { RegistryAudience } from "../../../functions/registry/audience";
import type { Sleep } from "../../../functions/runtime/backoff";
import { BatchWriter } from "../../../functions/registry/batch-write";
import { Slots } from "../../../functions/runtime/concurrency";
import { createDeadLetters } from "../../../functions/deliveries/dead-letters";
import { createChunkDelivery } from "../../../functions/deliveries/chunk-delivery";
import { createDeliverer } from "../../../functions/deliveries/deliverer";
import type { SendBatch } from "../../../functions/deliveries/delivery-queue";
import { createDeliveryQueue } from "../../../functions/deliveries/delivery-queue";
import { createDirectAllowance, TableAllowanceRow } from "../../../functions/fan-out/direct-allowance";
import { createPlanner } from "../../../functions/fan-out/planner";
import { createRangeExpansion } from "../../../functions/fan-out/range-expansion";
import { Regulator } from "../../../functions/posting/regulator";
import { TokenBucket } from "../../../functions/posting/token-bucket";
import type {
    ConnectEvent,
    GatewayEvent,
    GatewayResponse,
    MessageEvent,
} from "../../../functions/transports/api-gateway/gateway-events";
import { Heads } from "../../../functions/message-log/heads";
import { LogTable } from "../../../functions/message-log/log-table";
import { TableHistory } from "../../../functions/message-log/table-history";
import { TableMessageLog } from "../../../functions/message-log/table-message-log";
import { cachedNamespaces, loadFromTable } from "../../../functions/namespaces/namespaces";
import { createPublisher } from "../../../functions/publishing/publisher";
import { ConnectionRegistry } from "../../../functions/registry/registry";
import { createReplay } from "../../../functions/replay/replay";
import { connectRoute, disconnectRoute, messageRoute } from "../../../functions/transports/api-gateway/routes";
import type { PostOutcome, Transport } from "../../../functions/transports/transport";
import { createAnswer } from "../../../functions/message/answer";
import { createMessageHandler } from "../../../functions/message/handler";
import { createNotifyHandler } from "../../../functions/notify/handler";
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

const MAX_SUBSCRIPTIONS = 10;
const DIRECT_AUDIENCE = 100;
const CHUNK_SIZE = 25;

export function createHandlers(surroundings: Surroundings, life: Life): Handlers {
    const { tables, clock, sleep, random, newId } = surroundings;
    const log = new RecordingLog();
    const documents = tables.documents(life);
    const namespaces = cachedNamespaces(loadFromTable(documents, NAMESPACES, log), clock);
    const registry = new ConnectionRegistry(
        documents,
        REGISTRY,
        new BatchWriter(documents, REGISTRY, { sleep, random }),
    );
    const table = new LogTable(documents, LOG);
    const heads = new Heads(table, clock, newId);
    const transport = fakeTransport((connectionId, frame) =>
        life.request("execute-api:ManageConnections", () => surroundings.post(connectionId, frame)),
    );
    const history = new TableHistory(table, heads, clock);
    const fanOut = createFanOut(surroundings, life, { documents, registry, transport, history, log });
    return {
        connect: connectRoute(
            createConnectHandler({
                registry,
                namespaces,
                deliveries: fanOut.queue,
                maxSubscriptions: MAX_SUBSCRIPTIONS,
                clock,
                log,
            }),
        ),
        disconnect: disconnectRoute(createDisconnectHandler(registry)),
        message: messageRoute(
            createMessageHandler({
                answer: createAnswer({
                    registry,
                    namespaces,
                    history,
                    maxSubscriptions: MAX_SUBSCRIPTIONS,
                    pingSeconds: 60,
                    clock,
                }),
                deliveries: fanOut.queue,
                clock,
                transport,
                sleep,
                random,
                log,
            }),
        ),
        notify: createNotifyHandler({
            namespaces,
            publish: createPublisher({
                fanOut: createPlanner(fanOut.notifier),
                clock,
                messageLog: new TableMessageLog({ table, heads, clock, newId, sleep, random }),
            }),
            maxFrameBytes: transport.maxFrameBytes,
            deadLetters: createDeadLetters(fanOut.putLetter),
            metrics: new RecordingMetrics(),
            log,
            clock,
            randomId: newId,
        }),
        deliver: createDeliverHandler(
            createDeliverer({ ...fanOut.deliverer, putLetter: fanOut.putLetter, metrics: new RecordingMetrics(), log }),
            log,
        ),
    };
}

type FanOutNeeds = Pick<Parameters<typeof createReplay>[0], "registry" | "history" | "log"> & {
    readonly documents: ReturnType<Tables["documents"]>;
    readonly transport: Transport;
};

/** What `openFanOut` puts together on AWS. */
function createFanOut(
    { clock, sleep, random, sendBatch, putLetter: put }: Surroundings,
    life: Life,
    { documents, registry, transport, history, log }: FanOutNeeds,
) {
    const queue = createDeliveryQueue(
        (entries) => life.request("sqs:SendMessageBatch", () => sendBatch(entries)),
        sleep,
        random,
    );
    const putLetter = (_reason: string, body: string): Promise<void> =>
        life.request("sqs:SendMessage", async () => {
            put(body);
        });
    const audience = new RegistryAudience(documents, REGISTRY, clock);
    const limits = { maxAttempts: 10, maxAgeSeconds: 900 };
    const posting = {
        transport,
        registry,
        queue,
        slots: new Slots(50),
        regulator: new Regulator(new TokenBucket(1_000, 100, clock), clock),
        limits,
        graceSeconds: 30,
        clock,
        sleep,
        random,
        log,
    };
    const deadLetters = createDeadLetters(putLetter);
    const deliverWith = (patient: boolean) =>
        createChunkDelivery({ ...posting, deadLetters, patient, chunkSize: CHUNK_SIZE });
    const expand = createRangeExpansion({
        audience,
        queue,
        clock,
        sleep,
        random,
        log,
        chunkSize: CHUNK_SIZE,
        maxAttempts: limits.maxAttempts,
        budgetMs: 10_000,
    });
    const planning = { queue, chunkSize: CHUNK_SIZE, directAudience: DIRECT_AUDIENCE };
    const ask = createDirectAllowance({ row: new TableAllowanceRow(documents, LOG), clock, log, ...planning });
    return {
        queue,
        putLetter,
        notifier: { ...planning, audience, ask, expand, deliver: deliverWith(false) },
        deliverer: { expand, deliver: deliverWith(true), replay: createReplay({ ...posting, history, putLetter }) },
    };
}
