import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { RegistryAudience } from "../functions/registry/audience";
import { sleep } from "../functions/runtime/backoff";
import { BatchWriter } from "../functions/registry/batch-write";
import { ALL_SORT_KEYS } from "../functions/registry/sort-keys";
import { channelPartition, subscriptionKey } from "../functions/registry/registry-rows";
import { ADMINISTRATOR, Credentials } from "../local/signing/credentials";
import { DynamoDb } from "../local/services/dynamodb/dynamodb";
import { EmbeddedEngine } from "../local/database/embedded/embedded-engine";
import { EdgeServer } from "../local/edge/server";
import { SignatureVerifier } from "../local/signing/sigv4";
import type { BenchOptions, Measurement } from "./result";

const AUDIENCE = 100;
const SMALL = 1_000;
const LARGE = 200_000;
/** Rows written side by side. */
const WRITERS = 8;

/** What it costs to read an audience, in registries of two sizes. */
export async function measureReadUnits({ quick, progress }: BenchOptions): Promise<Measurement> {
    const large = quick ? 5_000 : LARGE;
    const rows: Row[] = [];
    for (const size of [SMALL, large]) {
        progress(`a registry of ${size} rows`);
        const registry = await Registry.start();
        try {
            await registry.fill(size);
            const { found, units } = await registry.readAudience();
            rows.push([size, found, units, (await registry.scan()).units]);
        } finally {
            await registry.close();
        }
    }
    const [[, , unitsOfSmall], [, found, unitsOfLarge]] = rows as unknown as [Row, Row];
    return {
        name: "read-units",
        title: `Reading an audience of ${AUDIENCE}`,
        columns: ["rows in the registry", "connections found", "read units", "peer: a Scan"],
        rows,
        targets: [
            { what: "read units, large over small", value: unitsOfLarge / unitsOfSmall, atLeast: 1, atMost: 1 },
            { what: "connections found", value: found, atLeast: AUDIENCE, atMost: AUDIENCE },
        ],
        notes: [
            "the units that the local cloud's DynamoDB reports for the calls of `RegistryAudience`, consistent reads",
            "peer: a Scan of the table with a filter, page after page, eventually consistent, as AWS's own samples find " +
                "whom to post to",
        ],
    };
}

type Row = readonly [size: number, found: number, units: number, unitsOfScan: number];

/** A registry in the local cloud's DynamoDB. */
class Registry {
    private static readonly TABLE = "registry";
    private units = 0;

    private constructor(
        private readonly documents: DynamoDBDocumentClient,
        readonly close: () => Promise<void>,
    ) {
        documents.middlewareStack.add(
            (next, { commandName }) =>
                async (args) => {
                    const isRead = commandName === "QueryCommand" || commandName === "ScanCommand";
                    const asked = { ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } };
                    const result = await next(isRead ? asked : args);
                    if (isRead) {
                        const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } };
                        this.units += ConsumedCapacity?.CapacityUnits ?? NaN;
                    }
                    return result;
                },
            { step: "initialize" },
        );
    }

    static async start(): Promise<Registry> {
        const credentials = new Credentials(Date.now);
        const dynamoDb = new DynamoDb({
            engine: new EmbeddedEngine(Date.now),
            authorize: () => undefined,
            clock: Date.now,
            log: () => undefined,
            ttlSweepMs: 0,
        });
        const server = new EdgeServer({ verifier: new SignatureVerifier(credentials, Date.now), log: console.error });
        server.register(dynamoDb.service);
        const endpoint = await server.listen(0);
        await dynamoDb.createTable(
            {
                TableName: Registry.TABLE,
                BillingMode: "PAY_PER_REQUEST",
                AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
                KeySchema: [
                    { AttributeName: "pk", KeyType: "HASH" },
                    { AttributeName: "sk", KeyType: "RANGE" },
                ],
            },
            ADMINISTRATOR,
        );
        const { accessKeyId, secretAccessKey } = credentials.administrator;
        const client = new DynamoDBClient({
            endpoint,
            region: "us-east-1",
            credentials: { accessKeyId, secretAccessKey },
        });
        return new Registry(DynamoDBDocumentClient.from(client), async () => {
            client.destroy();
            await server.close();
            await dynamoDb.close();
        });
    }

    /** The audience, and connections on other channels. */
    async fill(rows: number): Promise<void> {
        const writer = new BatchWriter(this.documents, Registry.TABLE, { sleep, random: Math.random });
        const all = Array.from({ length: rows }, (_, index) => rowOf(index));
        const share = Math.ceil(rows / WRITERS);
        const shares = Array.from({ length: WRITERS }, (_, index) => all.slice(index * share, (index + 1) * share));
        await Promise.all(shares.map((some) => writer.put(some)));
    }

    async readAudience(): Promise<{ readonly found: number; readonly units: number }> {
        this.units = 0;
        const audience = new RegistryAudience(this.documents, Registry.TABLE, Date.now);
        const { recipients, last } = await audience.read("orders/@all", ALL_SORT_KEYS, 250);
        if (last !== undefined) {
            throw new Error("The audience did not fit into the planner's first page.");
        }
        return { found: recipients.length, units: this.units };
    }

    /** The same by a scan. */
    async scan(): Promise<{ readonly found: number; readonly units: number }> {
        this.units = 0;
        let found = 0;
        for await (const { Count = 0 } of paginateScan(
            { client: this.documents },
            {
                TableName: Registry.TABLE,
                FilterExpression: "pk = :channel",
                ExpressionAttributeValues: { ":channel": channelPartition("orders/@all") },
            },
        )) {
            found += Count;
        }
        return { found, units: this.units };
    }
}

function rowOf(index: number): Parameters<BatchWriter["put"]>[0][number] {
    const connectionId = `${index.toString(36).padStart(15, "0")}=`;
    const channel = index < AUDIENCE ? "orders/@all" : `orders/@user/user-${index}`;
    const now = Date.now();
    return {
        ...subscriptionKey(channel, connectionId),
        connectionId,
        userId: `user-${index}`,
        connectedAt: now,
        expiresAt: Math.floor(now / 1_000) + 7_200,
    };
}
