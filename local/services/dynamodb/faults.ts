import type { AwsError } from "../../aws/aws-error";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import type { ItemAccess } from "./item-access";

/**
 * Lets a test make DynamoDB fail as AWS's does now and then: asked for each item operation (and for each element of a
 * batch) before it is carried out; an error is answered in its place.
 */
export type Faults = (operation: string, table: string) => AwsError | undefined;

/** A batch of which some elements are refused: AWS carries out the rest and hands those back. */
export interface PartialBatch {
    /** RequestItems to carry out. */
    readonly processed: Readonly<Record<string, unknown>>;
    /** RequestItems to hand back. */
    readonly refused: Readonly<Record<string, unknown>>;
}

/** Asks for the faults of a request. Throws one that concerns all of it; returns the parts of a batch hit partly. */
export function applyFaults(
    faults: Faults | undefined,
    operation: string,
    accesses: readonly ItemAccess[],
    input: Json,
): PartialBatch | undefined {
    if (faults === undefined) {
        return undefined;
    }
    if (operation.startsWith("Batch") && isObject(input.RequestItems)) {
        return splitBatch(input.RequestItems, (table) => faults(operation, table));
    }
    for (const { table } of accesses) {
        const fault = faults(operation, table);
        if (fault !== undefined) {
            throw fault;
        }
    }
    return undefined;
}

function splitBatch(items: Json, fault: (table: string) => AwsError | undefined): PartialBatch | undefined {
    const processed: Record<string, unknown> = {};
    const refused: Record<string, unknown> = {};
    let last: AwsError | undefined;
    for (const [table, request] of Object.entries(items)) {
        const elements = elementsOf(request);
        const faulty = new Set<unknown>();
        for (const element of elements) {
            const error = fault(table);
            if (error !== undefined) {
                last = error;
                faulty.add(element);
            }
        }
        if (faulty.size < elements.length) {
            processed[table] = withElements(
                request,
                elements.filter((element) => !faulty.has(element)),
            );
        }
        if (faulty.size > 0) {
            refused[table] = withElements(request, [...faulty]);
        }
    }
    if (last !== undefined && Object.keys(processed).length === 0) {
        throw last;
    }
    return last === undefined ? undefined : { processed, refused };
}

/** The answer to the part carried out, completed with the part refused. */
export function withRefused(operation: string, output: Json, { refused }: PartialBatch): Json {
    const member = operation === "BatchGetItem" ? "UnprocessedKeys" : "UnprocessedItems";
    const own = isObject(output[member]) ? output[member] : {};
    const merged = Object.entries(refused).map(([table, request]) => [
        table,
        withElements(request, [...elementsOf(request), ...elementsOf(own[table])]),
    ]);
    return { ...output, [member]: { ...own, ...(Object.fromEntries(merged) as Json) } };
}

/** A batch's elements for one table: the writes, or the keys to get. */
function elementsOf(request: unknown): readonly unknown[] {
    const elements = isObject(request) ? request.Keys : request;
    return Array.isArray(elements) ? elements : [];
}

function withElements(request: unknown, elements: readonly unknown[]): unknown {
    return isObject(request) ? { ...request, Keys: elements } : elements;
}
