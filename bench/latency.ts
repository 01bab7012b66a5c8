import { fork } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { CloudOutputs } from "../local/cloud/outputs";
import { Clients } from "./latency/clients";
import type { BenchOptions, Measurement } from "./result";
import { round } from "./result";
import { percentile } from "./statistics";

const CLIENTS = 1_000;
const SAMPLES = 300;
const BROADCASTS = 20;
const WARM_UPS = 20;

/** How long a message takes from its source to the clients' callbacks in the local cloud. */
export async function measureLatency({ quick, progress }: BenchOptions): Promise<Measurement> {
    const clients = quick ? 100 : CLIENTS;
    const samples = quick ? 50 : SAMPLES;
    const cloud = fork(path.join(__dirname, "latency", "cloud.ts"), { execArgv: ["--import", "tsx"] });
    try {
        progress("starting the local cloud");
        const [outputs] = (await once(cloud, "message")) as [CloudOutputs];
        progress(`connecting ${clients} clients`);
        const sources = createSources(outputs);
        const connected = await Clients.connect(clients, sources.webSocketUrl, outputs.local.tokenUrl);
        const user = (n: number): string => `user-${(n * 7) % clients}`;
        progress(`timing ${BROADCASTS} messages to all, ${samples} of each other kind`);
        const leave = await connected.join("orders/@all");
        const broadcast = await sample(BROADCASTS, () =>
            connected.time(clients, (mark) => sources.publish("orders/@all", mark)),
        );
        leave();
        const direct = await sample(samples, (n) =>
            connected.time(1, (mark) => sources.publish(`orders/@user/${user(n)}`, mark)),
        );
        const table = await sample(samples, (n) => connected.time(1, (mark) => sources.write(user(n), mark)));
        connected.close();
        return {
            name: "latency",
            title: `From the source to the client's callback, ${clients} connected clients`,
            columns: ["from", "to", "callbacks", "p50 ms", "p95 ms", "p99 ms"],
            rows: [
                ["PutEvents", "one client", ...summary(direct)],
                ["PutEvents", `all ${clients} clients`, ...summary(broadcast)],
                ["table write", "one client", ...summary(table)],
            ],
            targets: [],
            notes: [
                "simulated: AWS, by the local cloud, in a process of its own; all clients are in one other process",
                "one message at a time, from the call of PutEvents or PutItem to the callback of the client package",
            ],
        };
    } finally {
        cloud.disconnect();
    }
}

interface Sources {
    readonly webSocketUrl: string;
    publish(channel: string, mark: number): Promise<unknown>;
    /** Changes an order of a customer, whose own channel tells of it. */
    write(customer: string, mark: number): Promise<unknown>;
}

function createSources({ stacks, local }: CloudOutputs): Sources {
    const { "push-gateway": platform, "orders-service": orders } = stacks;
    const settings = { endpoint: local.aws, region: local.region, credentials: local.credentials };
    const eventBridge = new EventBridgeClient(settings);
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
    return {
        webSocketUrl: String(platform?.["webSocketUrl"]),
        publish: (channel, mark) =>
            eventBridge.send(
                new PutEventsCommand({
                    Entries: [
                        {
                            EventBusName: String(platform?.["eventBusName"]),
                            Source: "orders",
                            DetailType: "Marked",
                            Detail: JSON.stringify({ channel, data: { mark } }),
                        },
                    ],
                }),
            ),
        write: (customer, mark) =>
            documents.send(
                new PutCommand({
                    TableName: String(orders?.["ordersTableName"]),
                    Item: { customer, orderId: "bench", mark },
                }),
            ),
    };
}

async function sample(count: number, measure: (n: number) => Promise<readonly number[]>): Promise<readonly number[]> {
    const times: number[] = [];
    for (let n = 0; n < count + WARM_UPS; n++) {
        const measured = await measure(n);
        if (n >= WARM_UPS) {
            times.push(...measured);
        }
    }
    return times;
}

function summary(times: readonly number[]): readonly number[] {
    return [times.length, ...[50, 95, 99].map((percent) => round(percentile(times, percent)))];
}
