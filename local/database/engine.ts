import type { Item } from "./item";

/** A request's or an answer's JSON body. */
export type Json = Readonly<Record<string, unknown>>;

/** Where an item is: its table's name and its key attributes alone. */
export interface ItemAddress {
    readonly table: string;
    readonly key: Item;
}

/** What a write did to one item. Neither image: there was nothing, and there is nothing. */
export interface ItemChange extends ItemAddress {
    readonly oldImage: Item | undefined;
    readonly newImage: Item | undefined;
}

export interface WriteResult {
    readonly output: Json;
    /** Empty where the caller did not ask for images and the engine does not have them at hand. */
    readonly changes: readonly ItemChange[];
}

export type WriteOperation = "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems";

/**
 * The database underneath: it stores tables and items, and evaluates expressions. Streams, TTL, table settings, access
 * and everything else that a client of DynamoDB sees are the layer above (services/dynamodb).
 *
 * Both methods reject with an `AwsError` where DynamoDB answers with an error. The request may be changed by the call.
 */
export interface DynamoDbEngine {
    /** Any operation of the API that the engine has and that writes no items. */
    request(operation: string, input: Record<string, unknown>): Promise<Json>;
    /**
     * A write. The caller holds the lock of every item that it touches.
     *
     * @param items The items that it may change.
     * @param images Whether the caller needs `changes`.
     */
    write(
        operation: WriteOperation,
        input: Record<string, unknown>,
        items: readonly ItemAddress[],
        images: boolean,
    ): Promise<WriteResult>;
    close(): Promise<void>;
}
