import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import { authorizeItems } from "./authorization";
import { applyFaults, type Faults, withRefused } from "./faults";
import type { DynamoDbEngine, ItemAddress, ItemChange, Json, WriteOperation } from "../../database/engine";
import { isObject, type Item, keyOf, keyString } from "../../database/item";
import { type ItemAccess, itemAccesses, withTableNames } from "./item-access";
import { ItemLocks } from "./item-locks";
import type { StreamRecord } from "../streams/table-streams";
import type { Table, TableCatalog } from "./table";

const WRITES: ReadonlySet<string> = new Set<WriteOperation>([
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
]);

export interface ItemOperationsOptions {
    readonly engine: DynamoDbEngine;
    readonly tables: TableCatalog;
    readonly authorize: Authorize;
    readonly faults: Faults | undefined;
    /** Told of every change, in the order of the changes of one item. */
    readonly changed: (table: Table, change: ItemChange, userIdentity: StreamRecord["userIdentity"]) => void;
}

/** A request whose tables and items are known. */
interface Prepared {
    readonly input: Record<string, unknown>;
    readonly accesses: readonly ItemAccess[];
    readonly tables: ReadonlyMap<string, Table>;
}

/** Reads and writes of items: judged per item, one writer per item at a time, every change told. */
export class ItemOperations {
    readonly #locks = new ItemLocks();

    constructor(private readonly options: ItemOperationsOptions) {}

    async run(operation: string, given: Json, principal: Principal): Promise<Json> {
        const prepared = await this.#prepare(operation, given);
        for (const access of prepared.accesses) {
            authorizeItems(this.options.authorize, principal, access, prepared.tables.get(access.table));
        }
        const partial = applyFaults(this.options.faults, operation, prepared.accesses, prepared.input);
        const processed =
            partial === undefined
                ? prepared
                : { ...prepared, input: { ...prepared.input, RequestItems: partial.processed } };
        const output = isWrite(operation)
            ? await this.#write(operation, processed, undefined)
            : await this.#read(operation, processed);
        return named(partial === undefined ? output : withRefused(operation, output, partial), operation, given);
    }

    /** A deletion by DynamoDB itself, which no policy judges. */
    async deleteExpired(table: Table, key: Item, attribute: string, expiresAt: string): Promise<void> {
        const input = {
            TableName: table.name,
            Key: key,
            ConditionExpression: "#ttl = :seen",
            ExpressionAttributeNames: { "#ttl": attribute },
            ExpressionAttributeValues: { ":seen": { N: expiresAt } },
        };
        const userIdentity = { type: "Service", principalId: "dynamodb.amazonaws.com" } as const;
        await this.#write("DeleteItem", await this.#prepare("DeleteItem", input), userIdentity);
    }

    async #prepare(operation: string, given: Json): Promise<Prepared> {
        const accesses = itemAccesses(operation, given);
        const tables = new Map<string, Table>();
        for (const { table: name } of accesses) {
            const table = this.options.tables.get(name) ?? (await this.options.tables.find(name));
            if (table !== undefined) {
                tables.set(name, table);
            }
        }
        return { input: withTableNames(operation, given), accesses, tables };
    }

    async #read(operation: string, { input, accesses, tables }: Prepared): Promise<Json> {
        if (operation !== "TransactGetItems") {
            return atLeastOneUnit(await this.options.engine.request(operation, input), input);
        }
        const release = await this.#locks.acquire(lockNames(operation, itemsOf(accesses, tables)));
        try {
            return await this.options.engine.request(operation, input);
        } finally {
            release();
        }
    }

    async #write(
        operation: WriteOperation,
        { input, accesses, tables }: Prepared,
        userIdentity: StreamRecord["userIdentity"],
    ): Promise<Json> {
        const items = itemsOf(accesses, tables);
        const release = await this.#locks.acquire(lockNames(operation, items));
        try {
            const images = [...tables.values()].some(
                ({ stream, ttlAttribute }) => stream !== undefined || ttlAttribute !== undefined,
            );
            const { output, changes } = await this.options.engine.write(operation, input, items, images);
            for (const change of changes) {
                const table = tables.get(change.table);
                if (table !== undefined) {
                    this.options.changed(table, change, userIdentity);
                }
            }
            return output;
        } finally {
            release();
        }
    }
}

function isWrite(operation: string): operation is WriteOperation {
    return WRITES.has(operation);
}

/** The addressed items, with the name of each one's lock. Malformed keys are left to the engine, which refuses them. */
function itemsOf(accesses: readonly ItemAccess[], tables: ReadonlyMap<string, Table>): readonly LockedItem[] {
    const items: LockedItem[] = [];
    for (const { table: name, keys } of accesses) {
        const table = tables.get(name);
        for (const key of table === undefined ? [] : keys) {
            const text = table === undefined ? undefined : keyString(key, table.keyNames);
            if (table !== undefined && text !== undefined) {
                items.push({ table: name, key: keyOf(key as Item, table.keyNames), lock: `${name}/${text}` });
            }
        }
    }
    return items;
}

interface LockedItem extends ItemAddress {
    readonly lock: string;
}

/** Throws a ValidationException where a transaction has an item twice. (Batches with duplicates the engine refuses.) */
function lockNames(operation: string, items: readonly LockedItem[]): ReadonlySet<string> {
    const names = new Set(items.map(({ lock }) => lock));
    if (names.size < items.length && operation.startsWith("Transact")) {
        const text = "Transaction request cannot include multiple operations on one item";
        throw new AwsError("ValidationException", text);
    }
    return names;
}

/** A Query that finds nothing still costs the smallest read. */
function atLeastOneUnit(output: Json, input: Json): Json {
    const consumed = output.ConsumedCapacity;
    if (!isObject(consumed) || consumed.CapacityUnits !== 0) {
        return output;
    }
    const units = input.ConsistentRead === true ? 1 : 0.5;
    const table = isObject(consumed.Table) ? { Table: { CapacityUnits: units } } : {};
    return { ...output, ConsumedCapacity: { ...consumed, CapacityUnits: units, ...table } };
}

/** Batch answers call a table what the request called it, name or ARN. */
function named(output: Json, operation: string, given: Json): Json {
    if (!operation.startsWith("Batch") || !isObject(given.RequestItems)) {
        return output;
    }
    const arns = Object.keys(given.RequestItems).filter((name) => name.startsWith("arn:"));
    if (arns.length === 0) {
        return output;
    }
    const renamed = (member: unknown): unknown => {
        return isObject(member)
            ? Object.fromEntries(
                  Object.entries(member).map(([name, value]) => [
                      arns.find((arn) => arn.endsWith(`/${name}`)) ?? name,
                      value,
                  ]),
              )
            : member;
    };
    const members = ["Responses", "UnprocessedKeys", "UnprocessedItems"].filter((member) => member in output);
    return { ...output, ...Object.fromEntries(members.map((member) => [member, renamed(output[member])])) };
}
