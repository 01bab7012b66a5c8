import { create, type Store, type SubDb } from "dynalite/db";
import { ACCOUNT_ID, REGION } from "../../aws/account";
import type { DynamoDbEngine, ItemAddress, Json, WriteOperation, WriteResult } from "../engine";
import { checkRequest, runAction } from "./actions";
import { TableSchemas } from "./table-schemas";
import { Transactions } from "./transactions";
import { ValueStream } from "./value-stream";
import { guarded } from "./guarded";
import { WriteBuffer } from "./write-buffer";

const TABLE_OPERATIONS: ReadonlySet<string> = new Set([
    "CreateTable",
    "UpdateTable",
    "DeleteTable",
    "DescribeTable",
    "ListTables",
]);

/**
 * DynamoDB in this process and in memory: dynalite's store, validation and expression evaluation, called without its
 * HTTP server. What dynalite lacks and needs its internals is added here: transactions, the old item on a failed
 * condition, and the images of every write.
 */
export class EmbeddedEngine implements DynamoDbEngine {
    readonly #store: Store = create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    readonly #schemas = new TableSchemas(this.#store);
    readonly #transactions: Transactions;

    constructor(clock: () => number) {
        this.#store.tableDb.awsAccountId = ACCOUNT_ID;
        this.#store.tableDb.awsRegion = REGION;
        const { db } = this.#store;
        db.createValueStream = (options) => new ValueStream(db.values(options));
        this.#transactions = new Transactions(this.#store, this.#schemas, clock);
    }

    async request(operation: string, input: Record<string, unknown>): Promise<Json> {
        if (operation === "TransactGetItems") {
            return this.#transactions.read(input, (checked) =>
                runAction(checked, (onCrash) => this.#readStore(onCrash)),
            );
        }
        const checked = checkRequest(operation, input, this.#store);
        if (!TABLE_OPERATIONS.has(operation)) {
            return runAction(checked, (onCrash) => this.#readStore(onCrash));
        }
        try {
            return await runAction(checked, () => this.#store);
        } finally {
            this.#schemas.forget(String(checked.request.TableName));
        }
    }

    async write(
        operation: WriteOperation,
        input: Record<string, unknown>,
        _items: readonly ItemAddress[],
        images: boolean,
    ): Promise<WriteResult> {
        if (operation === "TransactWriteItems") {
            return this.#transactions.write(input, images);
        }
        const itemOnFailure = input.ReturnValuesOnConditionCheckFailure === "ALL_OLD";
        const buffer = new WriteBuffer(this.#store, this.#schemas);
        const output = await buffer.run(checkRequest(operation, input, this.#store), itemOnFailure);
        await buffer.commit();
        return { output, changes: images ? buffer.changes() : [] };
    }

    async close(): Promise<void> {
        await this.#store.db.close();
    }

    #readStore(onCrash: (error: unknown) => void): Store {
        const getItemDb = (table: string): SubDb => {
            const db = this.#store.getItemDb(table);
            return {
                ...db,
                get: (key, callback) => {
                    db.get(key, guarded(onCrash, callback));
                },
            };
        };
        return { ...this.#store, getTable: this.#schemas.getTable(onCrash), getItemDb };
    }
}
