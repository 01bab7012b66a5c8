import { setTimeout as delay } from "node:timers/promises";
import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import { jsonService, unknownOperation } from "../../edge/json-service";
import type { EdgeService } from "../../edge/service";
import type { DynamoDbEngine, Json } from "../../database/engine";
import type { Faults } from "./faults";
import { isObject } from "../../database/item";
import { ItemOperations } from "./item-operations";
import { StreamRegistry } from "../streams/stream-registry";
import { TableCatalog } from "./table";
import { TableOperations } from "./table-operations";
import { TableSettings } from "./table-settings";
import { TimeToLive } from "./time-to-live";

export interface DynamoDbOptions {
    readonly engine: DynamoDbEngine;
    readonly authorize: Authorize;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    readonly log: (line: string) => void;
    /** Errors to answer with instead of carrying an operation out. */
    readonly faults?: Faults | undefined;
    /** Milliseconds between two deletions of expired items; 0 for none but by `sweepExpired`. Defaults to 5,000. */
    readonly ttlSweepMs?: number;
    /** Where changes of tables go. Defaults to streams that nobody else reads. */
    readonly streams?: StreamRegistry;
}

const ITEM_OPERATIONS = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
];

type Operation = (input: Json, principal: Principal) => Promise<Json | undefined>;

/**
 * DynamoDB of the local cloud: an engine that stores and evaluates, and above it what makes it DynamoDB to clients:
 * access per item, streams, TTL, table settings, one writer per item at a time.
 */
export class DynamoDb {
    /** For the edge. */
    readonly service: EdgeService;
    readonly #operations: Readonly<Record<string, Operation>>;
    readonly #timeToLive: TimeToLive;

    constructor(private readonly options: DynamoDbOptions) {
        const { engine, authorize, clock, log, faults, ttlSweepMs = 5_000 } = options;
        const tables = new TableCatalog(engine);
        const { streams = new StreamRegistry({ authorize, clock }) } = options;
        const items = new ItemOperations({
            engine,
            tables,
            authorize,
            faults,
            changed: (table, change, userIdentity) => {
                table.stream?.append(change, userIdentity);
                timeToLive.observe(table, change);
            },
        });
        const timeToLive = new TimeToLive({
            engine,
            clock,
            log,
            sweepMs: ttlSweepMs,
            expire: (table, key, attribute, expiresAt) => items.deleteExpired(table, key, attribute, expiresAt),
        });
        const itemOperations = ITEM_OPERATIONS.map((name): [string, Operation] => [
            name,
            (input, principal) => items.run(name, input, principal),
        ]);
        this.#operations = {
            ...Object.fromEntries(itemOperations),
            ...new TableOperations({ engine, tables, streams, timeToLive, authorize }).operations,
            ...new TableSettings({ tables, timeToLive, authorize, clock }).operations,
        };
        this.#timeToLive = timeToLive;
        this.service = this.#service();
    }

    /**
     * Any operation of the API, as the edge would carry it out, without a request.
     * Rejects with the `AwsError` that a client would get.
     */
    async request(operation: string, input: Json, principal: Principal): Promise<Json> {
        const run = Object.hasOwn(this.#operations, operation) ? this.#operations[operation] : undefined;
        if (run === undefined) {
            throw unknownOperation("dynamodb", operation, Object.keys(this.#operations));
        }
        return (await run(input, principal)) ?? {};
    }

    /** CreateTable, and waits until the table can be used. Returns its description. */
    async createTable(input: Json, principal: Principal): Promise<Json> {
        await this.request("CreateTable", input, principal);
        for (;;) {
            const { Table } = await this.request("DescribeTable", { TableName: input.TableName }, principal);
            if (isObject(Table) && Table.TableStatus === "ACTIVE") {
                return Table;
            }
            await delay(1);
        }
    }

    /** DeleteTable, and waits until its name can be used again. */
    async deleteTable(tableName: string, principal: Principal): Promise<void> {
        await this.request("DeleteTable", { TableName: tableName }, principal);
        for (;;) {
            try {
                await this.request("DescribeTable", { TableName: tableName }, principal);
            } catch (error) {
                if (error instanceof AwsError && error.code === "ResourceNotFoundException") {
                    return;
                }
                throw error;
            }
            await delay(1);
        }
    }

    /** Deletes the items whose time to live has passed, now, and returns how many they were. */
    async sweepExpired(): Promise<number> {
        return this.#timeToLive.sweep();
    }

    async close(): Promise<void> {
        await this.#timeToLive.close();
        await this.options.engine.close();
    }

    #service(): EdgeService {
        const operations = Object.entries(this.#operations).map(([name, run]) => [
            name,
            (input: Json, { principal }: { principal: Principal }) => run(input, principal),
        ]);
        return jsonService({
            name: "dynamodb",
            targetPrefix: "DynamoDB_20120810",
            version: "1.0",
            errorNamespace: "com.amazonaws.dynamodb.v20120810",
            checksum: true,
            operations: Object.fromEntries(operations) as Parameters<typeof jsonService>[0]["operations"],
        });
    }
}
