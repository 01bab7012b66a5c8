import { createHash } from "node:crypto";
import type { ItemStore } from "dynalite/db";
import { AwsError } from "../../aws/aws-error";
import { constraintText } from "../../aws/constraint";
import type { Json, WriteResult } from "../engine";
import { isObject, type Item, itemSize } from "../item";
import { type CheckedRequest, checkRequest } from "./actions";
import type { TableSchemas } from "./table-schemas";
import { WriteBuffer } from "./write-buffer";

const MAX_ITEMS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
const TOKEN_LIFE_MS = 600_000;

/** A transaction's item operations, and the single-item operation that dynalite runs for each. */
const WRITES = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", ConditionCheck: "DeleteItem" } as const;

type WriteKind = keyof typeof WRITES;

/** An earlier transaction with a ClientRequestToken: a repetition within 10 minutes gets the same answer. */
interface Remembered {
    readonly at: number;
    readonly digest: string;
    /** Undefined while it is still running. */
    result: Json | undefined;
}

/**
 * TransactWriteItems and TransactGetItems, which dynalite does not have. The caller holds the items' locks and has
 * refused duplicates among them.
 */
export class Transactions {
    readonly #remembered = new Map<string, Remembered>();

    constructor(
        private readonly store: ItemStore,
        private readonly schemas: TableSchemas,
        private readonly clock: () => number,
    ) {}

    async write(input: Record<string, unknown>, images: boolean): Promise<WriteResult> {
        const token = input.ClientRequestToken;
        if (typeof token !== "string" || token === "") {
            return this.#write(input, images);
        }
        const digest = createHash("sha256").update(JSON.stringify(input.TransactItems)).digest("base64");
        const earlier = this.#earlier(token);
        if (earlier !== undefined) {
            return { output: repeated(earlier, digest), changes: [] };
        }
        const remembered: Remembered = { at: this.clock(), digest, result: undefined };
        this.#remembered.set(token, remembered);
        try {
            const result = await this.#write(input, images);
            remembered.result = result.output;
            return result;
        } catch (error) {
            this.#remembered.delete(token);
            throw error;
        }
    }

    /** Reads each item with `get`, at one moment as far as writers are concerned. */
    async read(input: Record<string, unknown>, get: (checked: CheckedRequest) => Promise<Json>): Promise<Json> {
        const gets = transactItems(input).map((item) => {
            if (!isObject(item.Get)) {
                throw new AwsError("ValidationException", "Each element of TransactItems must have a Get");
            }
            const single = { ...item.Get, ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" };
            return checkRequest("GetItem", single, this.store);
        });
        const outputs = await Promise.all(gets.map(get));
        const Responses = outputs.map(({ Item }) => (Item === undefined ? {} : { Item }));
        return { Responses, ...consumedCapacity(input, outputs, "ReadCapacityUnits") };
    }

    async #write(input: Record<string, unknown>, images: boolean): Promise<WriteResult> {
        const operations = transactItems(input).map((item) => this.#checkWrite(item));
        if (operations.reduce((size, { checked }) => size + sizeOfPut(checked), 0) > MAX_BYTES) {
            throw new AwsError("ValidationException", "Transaction request cannot be larger than 4 MB");
        }
        const buffer = new WriteBuffer(this.store, this.schemas);
        const outputs: Json[] = [];
        const reasons: Json[] = [];
        for (const { kind, checked, itemOnFailure } of operations) {
            // A condition is checked by deleting, in a buffer that is never committed.
            const target = kind === "ConditionCheck" ? new WriteBuffer(this.store, this.schemas) : buffer;
            try {
                outputs.push(await target.run(checked, itemOnFailure));
                reasons.push({ Code: "None" });
            } catch (error) {
                reasons.push(cancellationReason(error));
            }
        }
        const codes = reasons.map(({ Code }) => String(Code));
        if (codes.some((code) => code !== "None")) {
            const text = "Transaction cancelled, please refer cancellation reasons for specific reasons";
            throw new AwsError("TransactionCanceledException", `${text} [${codes.join(", ")}]`, 400, {
                CancellationReasons: reasons,
            });
        }
        await buffer.commit();
        const output = consumedCapacity(input, outputs, "WriteCapacityUnits");
        return { output, changes: images ? buffer.changes() : [] };
    }

    #checkWrite(item: Readonly<Record<string, unknown>>): {
        kind: WriteKind;
        checked: CheckedRequest;
        itemOnFailure: boolean;
    } {
        const kinds = (Object.keys(WRITES) as WriteKind[]).filter((kind) => isObject(item[kind]));
        const [kind] = kinds;
        const request = kind === undefined ? undefined : item[kind];
        if (kind === undefined || !isObject(request) || kinds.length > 1) {
            const text = "TransactItems can only contain one of Check, Put, Update or Delete";
            throw new AwsError("ValidationException", text);
        }
        for (const [needed, of] of [
            ["ConditionExpression", "ConditionCheck"],
            ["UpdateExpression", "Update"],
        ] as const) {
            if (kind === of && typeof request[needed] !== "string") {
                const text = `The ${needed.charAt(0).toLowerCase()}${needed.slice(1)} parameter is required for ${of}`;
                throw new AwsError("ValidationException", text);
            }
        }
        const itemOnFailure = request.ReturnValuesOnConditionCheckFailure === "ALL_OLD";
        const single = { ...request, ReturnConsumedCapacity: "TOTAL" };
        return { kind, checked: checkRequest(WRITES[kind], single, this.store), itemOnFailure };
    }

    #earlier(token: string): Remembered | undefined {
        const before = this.clock() - TOKEN_LIFE_MS;
        for (const [old, { at }] of this.#remembered) {
            if (at >= before) {
                break;
            }
            this.#remembered.delete(old);
        }
        return this.#remembered.get(token);
    }
}

function repeated(earlier: Remembered, digest: string): Json {
    if (earlier.digest !== digest) {
        const text = "The provided client token was used with different request parameters in an earlier request";
        throw new AwsError("IdempotentParameterMismatchException", text);
    }
    if (earlier.result === undefined) {
        throw new AwsError(
            "TransactionInProgressException",
            "The transaction with the given request token is already in progress.",
        );
    }
    return earlier.result;
}

function transactItems(input: Record<string, unknown>): readonly Readonly<Record<string, unknown>>[] {
    const items = input.TransactItems;
    const count = Array.isArray(items) ? items.length : 0;
    if (!Array.isArray(items) || count === 0 || count > MAX_ITEMS) {
        const bound = count === 0 ? "greater than or equal to 1" : `less than or equal to ${MAX_ITEMS}`;
        const text = constraintText(`'${count} items'`, "transactItems", `Member must have length ${bound}`);
        throw new AwsError("ValidationException", text);
    }
    if (!items.every(isObject)) {
        throw new AwsError("SerializationException", "Unexpected value type in payload");
    }
    return items;
}

function sizeOfPut({ request }: CheckedRequest): number {
    return isObject(request.Item) ? itemSize(request.Item as Item) : 0;
}

/** Why one item of a transaction failed. A missing table is no such reason but the error of the whole request. */
function cancellationReason(error: unknown): Json {
    if (!(error instanceof AwsError) || error.code === "ResourceNotFoundException") {
        throw error;
    }
    const codes: Readonly<Record<string, string>> = {
        ConditionalCheckFailedException: "ConditionalCheckFailed",
        ValidationException: "ValidationError",
    };
    return { ...error.details, Code: codes[error.code] ?? error.code, Message: error.message };
}

/** Transactions cost twice what the single operations would: one unit to prepare, one to commit. */
function consumedCapacity(
    input: Json,
    outputs: readonly Json[],
    kind: "ReadCapacityUnits" | "WriteCapacityUnits",
): Json {
    const wanted = input.ReturnConsumedCapacity;
    if (wanted !== "TOTAL" && wanted !== "INDEXES") {
        return {};
    }
    const units = new Map<string, number>();
    for (const { ConsumedCapacity: consumed } of outputs) {
        if (isObject(consumed)) {
            const table = String(consumed.TableName);
            units.set(table, (units.get(table) ?? 0) + 2 * Number(consumed.CapacityUnits));
        }
    }
    const ConsumedCapacity = Array.from(units, ([TableName, CapacityUnits]) => {
        const total = { CapacityUnits, [kind]: CapacityUnits };
        return { TableName, ...total, ...(wanted === "INDEXES" ? { Table: total } : {}) };
    });
    return { ConsumedCapacity };
}
