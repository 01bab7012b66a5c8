/**
 * What the embedded engine uses of dynalite 4.0.0, which has no types of its own: its store, its actions and its
 * validations, the parts behind its HTTP handler.
 */

declare module "dynalite/db" {
    type Callback<T> = (error: Error | null | undefined, value?: T) => void;

    /** An item as dynalite keeps it: attribute name to DynamoDB attribute value. */
    type StoredItem = Record<string, unknown>;

    type BatchOperation =
        | { readonly type: "put"; readonly key: string; readonly value: StoredItem }
        | { readonly type: "del"; readonly key: string };

    /** The items of one table, or the entries of one index. */
    interface SubDb {
        /** Runs `run` alone for the key, until the callback that `release` made is called. */
        lock(key: string, run: (release: <T>(callback: Callback<T>) => Callback<T>) => void): void;
        /** Calls back with undefined for a missing key. */
        get(key: string, callback: Callback<StoredItem>): void;
        put(key: string, value: StoredItem, callback: Callback<void>): void;
        del(key: string, callback: Callback<void>): void;
        batch(operations: readonly BatchOperation[], callback: Callback<void>): void;
        createValueStream(options: object): NodeJS.EventEmitter;
    }

    interface TableDescription {
        readonly TableName: string;
        readonly TableStatus: string;
        readonly KeySchema: readonly { readonly AttributeName: string }[];
    }

    /** What actions on items need. */
    interface ItemStore {
        readonly options: { readonly maxItemSize: number };
        getItemDb(table: string): SubDb;
        getIndexDb(indexType: string, table: string, index: string): SubDb;
        /** Fails for a table that is not there, or is still being created or deleted. */
        getTable(name: string, callback: Callback<TableDescription>): void;
    }

    interface Store extends ItemStore {
        readonly tableDb: SubDb & { awsAccountId: string; awsRegion: string };
        /** The one database underneath, in memory: the tables' streams of values are its, over a range of keys. */
        readonly db: {
            createValueStream: SubDb["createValueStream"];
            values(options: object): { nextv(size: number): Promise<unknown[]>; close(): Promise<void> };
            close(): Promise<void>;
        };
    }

    /** An error with the HTTP answer that AWS would give. */
    interface DynaliteError extends Error {
        readonly statusCode: number;
        readonly body: { readonly __type: string; readonly message?: string; readonly Message?: string };
    }

    function create(options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }): Store;
    /** The error of a request whose condition does not hold for the item; nothing where it does. */
    function checkConditional(request: object, item: StoredItem | undefined): Error | null | undefined;
    function validateKey(key: object, table: TableDescription): Error | null | undefined;
    function createKey(key: object, table: TableDescription): string;
}

declare module "dynalite/actions/*" {
    import type { Callback, ItemStore } from "dynalite/db";

    /** The request has passed the validations of the same name. */
    const action: (store: ItemStore, request: object, callback: Callback<Record<string, unknown>>) => void;
    export = action;
}

declare module "dynalite/validations" {
    import type { ItemStore } from "dynalite/db";

    /** Returns a copy of the request without what `types` does not name. Throws a `DynaliteError`. */
    function checkTypes(request: object, types: object): Record<string, unknown>;
    /** Leaves the parsed expressions in the request. Throws a `DynaliteError`. */
    function checkValidations(request: object, types: object, custom: unknown, store: ItemStore): void;
}

declare module "dynalite/validations/*" {
    const types: object;
    const custom: unknown;
}
