import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Appended, LogEntry } from "../../../functions/message-log/history";
import type { HistorySettings } from "../../../contract/namespace";
import type { Position } from "../../../contract/protocol";
import { Heads } from "../../../functions/message-log/heads";
import { LogTable } from "../../../functions/message-log/log-table";
import { TableHistory } from "../../../functions/message-log/table-history";
import { TableMessageLog } from "../../../functions/message-log/table-message-log";
import { AwsError } from "../../../local/aws/aws-error";
import { ADMINISTRATOR, Credentials } from "../../../local/signing/credentials";
import { DynamoDb } from "../../../local/services/dynamodb/dynamodb";
import { EmbeddedEngine } from "../../../local/database/embedded/embedded-engine";
import { EdgeServer } from "../../../local/edge/server";
import { SignatureVerifier } from "../../../local/signing/sigv4";

/** Stands around every request that a function sends to DynamoDB: may leave it out, hold it back, or throw after it. */
export type Around = (operation: string, request: () => Promise<void>) => Promise<void>;

/** What one execution environment has of the log. */
export interface LogFunctions {
    /** @param entry on the channel `orders/42`, unless it says otherwise. */
    append(entry: LogEntry & { readonly channel?: string }, settings: HistorySettings): Promise<Appended>;
    /** @param channel `orders/42`, unless it says otherwise. */
    end(channel?: string): Promise<void>;
    /** A replay, read to its end. */
    since(channel: string, position?: Position, connectionId?: string): Promise<Recovered>;
    readonly history: TableHistory;
}

export interface Recovered {
    readonly recovered: boolean;
    readonly position: Position;
    readonly missed: readonly string[];
}

export interface EnvironmentOptions {
    readonly around?: Around;
    /** Messages per page of a replay. */
    readonly pageSize?: number;
    /** Told how long the function wants to wait. Nobody waits here. */
    readonly onSleep?: (milliseconds: number) => void;
}

/**
 * A message log's table and a registry in the embedded DynamoDB, behind its HTTP endpoint. Time stands still but for
 * `clock.now`, and what has expired is deleted by `sweep` alone. It shows what concurrent requests do, each of which is
 * atomic as it is in AWS; it shows nothing of DynamoDB's own delays and limits.
 */
export class LogCloud {
    static readonly LOG = "message-log";
    static readonly REGISTRY = "registry";

    /** Epoch milliseconds. */
    readonly clock = { now: Date.parse("2025-01-01T00:00:00Z") };
    /** Capacity units that requests have consumed. */
    readonly consumed = { reads: 0, writes: 0 };
    /** How many of the next requests are answered as a throttled table answers. */
    throttled = 0;
    #ids = 0;

    private constructor(
        private readonly client: DynamoDBClient,
        private readonly dynamoDb: DynamoDb,
        private readonly server: EdgeServer,
    ) {}

    static async start(): Promise<LogCloud> {
        const credentials = new Credentials(Date.now);
        const server = new EdgeServer({ verifier: new SignatureVerifier(credentials, Date.now), log: console.error });
        const made: { cloud?: LogCloud } = {};
        const clock = (): number => made.cloud?.clock.now ?? 0;
        const dynamoDb = new DynamoDb({
            engine: new EmbeddedEngine(clock),
            authorize: () => undefined,
            clock,
            log: console.error,
            faults: () => made.cloud?.takeFault(),
            ttlSweepMs: 0,
        });
        server.register(dynamoDb.service);
        const endpoint = await server.listen(0);
        await createTable(dynamoDb, LogCloud.LOG);
        await createTable(dynamoDb, LogCloud.REGISTRY);
        const { accessKeyId, secretAccessKey } = credentials.administrator;
        const client = new DynamoDBClient({
            endpoint,
            region: "us-east-1",
            credentials: { accessKeyId, secretAccessKey },
            maxAttempts: 1,
        });
        made.cloud = new LogCloud(client, dynamoDb, server);
        return made.cloud;
    }

    /** A fresh execution environment: all of them share the table, and nothing else. */
    environment({ around, pageSize, onSleep }: EnvironmentOptions = {}): LogFunctions {
        const table = new LogTable(this.documents(around), LogCloud.LOG, pageSize);
        const clock = (): number => this.clock.now;
        const newId = (): string => `id${++this.#ids}`;
        const sleep = async (milliseconds: number): Promise<void> => onSleep?.(milliseconds);
        const heads = new Heads(table, clock, newId);
        const log = new TableMessageLog({ table, heads, clock, newId, sleep, random: Math.random });
        const history = new TableHistory(table, heads, clock);
        return {
            append: ({ channel = "orders/42", ...entry }, settings) => log.append(channel, entry, settings),
            end: (channel = "orders/42") => log.end(channel),
            since: async (channel, position, connectionId = "c1=") => {
                const { missed, ...answer } = await history.since(channel, position, connectionId);
                return { ...answer, missed: await collect(missed) };
            },
            history,
        };
    }

    documents(around: Around = (_operation, request) => request()): DynamoDBDocumentClient {
        const documents = DynamoDBDocumentClient.from(this.client, {
            marshallOptions: { removeUndefinedValues: true },
        });
        // Otherwise it is the client's own, and so that of all document clients.
        documents.middlewareStack = this.client.middlewareStack.clone();
        documents.middlewareStack.add(
            (next, { commandName }) =>
                async (args) => {
                    const operation = String(commandName).replace(/Command$/, "");
                    const result: { output?: Awaited<ReturnType<typeof next>> } = {};
                    await around(operation, async () => {
                        result.output = await next({
                            ...args,
                            input: { ...args.input, ReturnConsumedCapacity: "TOTAL" },
                        });
                        this.count(operation, result.output.output);
                    });
                    if (result.output === undefined) {
                        throw new Error("The interceptor neither made the request nor threw.");
                    }
                    return result.output;
                },
            { step: "initialize" },
        );
        return documents;
    }

    /** Deletes what has expired, as TTL does at some time. */
    async sweep(): Promise<number> {
        return this.dynamoDb.sweepExpired();
    }

    /** The rows of the log whose sort keys begin so. */
    async rows(prefix: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
        const scan = new ScanCommand({
            TableName: LogCloud.LOG,
            FilterExpression: "begins_with(sk, :prefix)",
            ExpressionAttributeValues: { ":prefix": prefix },
        });
        const { Items = [] } = await this.documents().send(scan);
        return Items;
    }

    async close(): Promise<void> {
        this.client.destroy();
        await this.server.close();
        await this.dynamoDb.close();
    }

    private takeFault(): AwsError | undefined {
        if (this.throttled === 0) {
            return undefined;
        }
        this.throttled--;
        return new AwsError(
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput was exceeded.",
        );
    }

    private count(operation: string, output: object): void {
        const consumed = "ConsumedCapacity" in output ? (output.ConsumedCapacity as { CapacityUnits?: number }) : {};
        this.consumed[operation === "GetItem" || operation === "Query" ? "reads" : "writes"] +=
            consumed.CapacityUnits ?? 0;
    }
}

/** A message whose data is told by its id. */
export function entryOf(id: string, data = JSON.stringify({ of: id })): LogEntry {
    return { id, body: `{"type":"message","id":${JSON.stringify(id)},"data":${data}}` };
}

/** What message frames say that a test is about. */
export function offsetsAndIds(frames: readonly string[]): readonly string[] {
    return frames.map((frame) => {
        const { offset, id } = JSON.parse(frame) as { offset: number; id: string };
        return `${offset} ${id}`;
    });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
    const collected: T[] = [];
    for await (const item of items) {
        collected.push(item);
    }
    return collected;
}

async function createTable(dynamoDb: DynamoDb, TableName: string): Promise<void> {
    await dynamoDb.createTable(
        {
            TableName,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [
                { AttributeName: "pk", AttributeType: "S" },
                { AttributeName: "sk", AttributeType: "S" },
            ],
            KeySchema: [
                { AttributeName: "pk", KeyType: "HASH" },
                { AttributeName: "sk", KeyType: "RANGE" },
            ],
        },
        ADMINISTRATOR,
    );
    const TimeToLiveSpecification = { AttributeName: "expiresAt", Enabled: true };
    await dynamoDb.request("UpdateTimeToLive", { TableName, TimeToLiveSpecification }, ADMINISTRATOR);
}
