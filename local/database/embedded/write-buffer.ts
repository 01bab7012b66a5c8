import type { BatchOperation, Callback, ItemStore, StoredItem, SubDb } from "dynalite/db";
import { AwsError } from "../../aws/aws-error";
import type { ItemChange, Json } from "../engine";
import { type Item, keyOf } from "../item";
import { type CheckedRequest, runAction } from "./actions";
import { requireNumbers } from "./numbers";
import { guarded } from "./guarded";
import type { TableSchemas } from "./table-schemas";

/** Dynalite's actions lock the item that they change; here the caller already holds its lock. */
const NO_LOCK: SubDb["lock"] = (_key, run) => {
    run((callback) => callback);
};

/**
 * Runs dynalite's own write actions against a buffer in place of its store, and then commits all that they wrote in one
 * step. So any number of writes happen wholly or not at all, no reader sees a part of them, and the images from before
 * and after are at hand without a further read.
 */
export class WriteBuffer {
    readonly #pending = new Map<SubDb, Map<string, BatchOperation>>();
    readonly #touched: { readonly table: string; readonly key: string; readonly oldItem: StoredItem | undefined }[] =
        [];

    constructor(
        private readonly store: ItemStore,
        private readonly schemas: TableSchemas,
    ) {}

    /**
     * Runs one write into the buffer. Rejects with the `AwsError` of the action: if its condition failed and
     * `itemOnFailure` is set, with the item it failed for as `Item`.
     */
    async run(checked: CheckedRequest, itemOnFailure: boolean): Promise<Json> {
        const first = this.#touched.length;
        try {
            const output = await runAction(checked, (onCrash) => this.#bufferedStore(onCrash));
            if (checked.operation === "UpdateItem") {
                this.#requireNumbersSince(first);
            }
            return output;
        } catch (error) {
            const item = this.#touched[first]?.oldItem;
            const conditional = error instanceof AwsError && error.code === "ConditionalCheckFailedException";
            throw conditional && itemOnFailure && item !== undefined
                ? new AwsError(error.code, error.message, error.status, { Item: item })
                : error;
        }
    }

    #requireNumbersSince(first: number): void {
        for (const { table, key } of this.#touched.slice(first)) {
            const written = this.#pending.get(this.store.getItemDb(table))?.get(key);
            if (written?.type === "put") {
                requireNumbers(written.value);
            }
        }
    }

    /** Writes everything at once: the batches are handed over in one turn of the event loop, and run as they are. */
    async commit(): Promise<void> {
        await Promise.all(
            Array.from(this.#pending, ([db, operations]) => {
                return new Promise<void>((resolve, reject) => {
                    db.batch([...operations.values()], (error) => {
                        if (error) {
                            reject(error);
                        } else {
                            resolve();
                        }
                    });
                });
            }),
        );
    }

    /** What was (or will be) committed, in the order in which the items were read. */
    changes(): readonly ItemChange[] {
        return this.#touched.flatMap(({ table, key, oldItem }) => {
            const written = this.#pending.get(this.store.getItemDb(table))?.get(key);
            const newItem = written?.type === "put" ? written.value : undefined;
            const item = newItem ?? oldItem;
            if (written === undefined || item === undefined) {
                return [];
            }
            const newImage = newItem === undefined ? undefined : plainCopy(newItem);
            const itemKey = keyOf(item as Item, this.schemas.keyNames(table));
            return [{ table, key: itemKey, oldImage: oldItem as Item | undefined, newImage }];
        });
    }

    #bufferedStore(onCrash: (error: unknown) => void): ItemStore {
        return {
            options: this.store.options,
            getTable: this.schemas.getTable(onCrash),
            getItemDb: (table) => this.#bufferedDb(this.store.getItemDb(table), onCrash, table),
            getIndexDb: (type, table, index) => this.#bufferedDb(this.store.getIndexDb(type, table, index), onCrash),
        };
    }

    #bufferedDb(db: SubDb, onCrash: (error: unknown) => void, itemsOf?: string): SubDb {
        const put = (operation: BatchOperation, callback: Callback<void>): void => {
            let operations = this.#pending.get(db);
            if (operations === undefined) {
                operations = new Map();
                this.#pending.set(db, operations);
            }
            operations.set(operation.key, operation);
            callback(null);
        };
        return {
            ...db,
            lock: NO_LOCK,
            get: (key, callback) => {
                db.get(
                    key,
                    guarded(onCrash, (error, value) => {
                        if (itemsOf !== undefined) {
                            this.#touched.push({ table: itemsOf, key, oldItem: value });
                        }
                        callback(error, value);
                    }),
                );
            },
            put: (key, value, callback) => {
                put({ type: "put", key, value }, callback);
            },
            del: (key, callback) => {
                put({ type: "del", key }, callback);
            },
        };
    }
}

/** Dynalite's objects have no prototype here and there; what leaves the engine is plain. */
function plainCopy(item: StoredItem): Item {
    return JSON.parse(JSON.stringify(item)) as Item;
}
