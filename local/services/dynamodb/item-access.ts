import { AwsError } from "../../aws/aws-error";
import { constraintText } from "../../aws/constraint";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import { requiredTableName, tableName } from "./table";

/** One IAM action on the items of one table, as a request asks for it: batches and transactions have several. */
export interface ItemAccess {
    /** Without the service prefix, for example `PutItem`. */
    readonly action: string;
    readonly table: string;
    readonly index: string | undefined;
    /** The transaction that it is a part of. */
    readonly enclosingOperation: string | undefined;
    /** Keys, or whole items, as they stand in the request and before anything is validated. */
    readonly keys: readonly unknown[];
    /** The part of the request that is about this table or item. */
    readonly request: Json;
}

const SINGLE_ITEM = new Set(["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"]);

const TRANSACT_ACTIONS: Readonly<Record<string, string>> = {
    Get: "GetItem",
    Put: "PutItem",
    Update: "UpdateItem",
    Delete: "DeleteItem",
    ConditionCheck: "ConditionCheckItem",
};

/**
 * What an item operation does to which tables. Throws a ValidationException where a request does not even say which
 * table it is about: nothing may pass that cannot be judged.
 */
export function itemAccesses(operation: string, input: Json): readonly ItemAccess[] {
    if (SINGLE_ITEM.has(operation)) {
        return [singleAccess(operation, input, undefined)];
    }
    return operation.startsWith("Batch") ? batchAccesses(operation, input) : transactAccesses(operation, input);
}

function singleAccess(action: string, request: Json, enclosingOperation: string | undefined): ItemAccess {
    const { IndexName, Key, Item } = request;
    const key = Key ?? Item;
    return {
        action,
        table: requiredTableName(request),
        index: typeof IndexName === "string" ? IndexName : undefined,
        enclosingOperation,
        keys: key === undefined ? [] : [key],
        request,
    };
}

function batchAccesses(action: string, { RequestItems }: Json): readonly ItemAccess[] {
    if (!isObject(RequestItems) || Object.keys(RequestItems).length === 0) {
        const constraint = "Member must have length greater than or equal to 1";
        throw new AwsError("ValidationException", constraintText("'{}'", "requestItems", constraint));
    }
    return Object.entries(RequestItems).map(([table, request]) => {
        const keys = Array.isArray(request) ? request.map(writeKey) : isObject(request) ? request.Keys : undefined;
        return {
            action,
            table: tableName(table),
            index: undefined,
            enclosingOperation: undefined,
            keys: Array.isArray(keys) ? keys : [],
            request: isObject(request) ? request : {},
        };
    });
}

/** The key in an element of BatchWriteItem: in the item to put, or the key to delete. */
function writeKey(request: unknown): unknown {
    const { PutRequest, DeleteRequest } = isObject(request) ? request : {};
    return isObject(PutRequest) ? PutRequest.Item : isObject(DeleteRequest) ? DeleteRequest.Key : undefined;
}

function transactAccesses(operation: string, { TransactItems }: Json): readonly ItemAccess[] {
    const items: readonly unknown[] = Array.isArray(TransactItems) ? TransactItems : [];
    return items.flatMap((item) => {
        const operations = isObject(item) ? Object.entries(item) : [];
        return operations.map(([kind, request]) => {
            const action = Object.hasOwn(TRANSACT_ACTIONS, kind) ? TRANSACT_ACTIONS[kind] : undefined;
            if (action === undefined || !isObject(request)) {
                const text = "TransactItems can only contain one of Check, Put, Update or Delete";
                throw new AwsError("ValidationException", text);
            }
            return singleAccess(action, request, operation);
        });
    });
}

/** The request with every table called by its name, where AWS also takes its ARN. */
export function withTableNames(operation: string, input: Json): Record<string, unknown> {
    if (typeof input.TableName === "string") {
        return { ...input, TableName: tableName(input.TableName) };
    }
    if (operation.startsWith("Batch") && isObject(input.RequestItems)) {
        const entries = Object.entries(input.RequestItems).map(([table, request]) => [tableName(table), request]);
        return { ...input, RequestItems: Object.fromEntries(entries) as unknown };
    }
    if (Array.isArray(input.TransactItems)) {
        return { ...input, TransactItems: input.TransactItems.map(withTableNamesWithin) };
    }
    return { ...input };
}

function withTableNamesWithin(item: unknown): unknown {
    if (!isObject(item)) {
        return item;
    }
    const operations = Object.entries(item).map(([kind, request]) => [
        kind,
        isObject(request) ? withTableNames("", request) : request,
    ]);
    return Object.fromEntries(operations) as unknown;
}
