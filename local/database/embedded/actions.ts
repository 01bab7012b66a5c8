import type { ItemStore } from "dynalite/db";
import batchGetItem from "dynalite/actions/batchGetItem";
import batchWriteItem from "dynalite/actions/batchWriteItem";
import createTable from "dynalite/actions/createTable";
import deleteItem from "dynalite/actions/deleteItem";
import deleteTable from "dynalite/actions/deleteTable";
import describeTable from "dynalite/actions/describeTable";
import getItem from "dynalite/actions/getItem";
import listTables from "dynalite/actions/listTables";
import putItem from "dynalite/actions/putItem";
import query from "dynalite/actions/query";
import scan from "dynalite/actions/scan";
import updateItem from "dynalite/actions/updateItem";
import updateTable from "dynalite/actions/updateTable";
import { checkTypes, checkValidations } from "dynalite/validations";
import * as batchGetItemInput from "dynalite/validations/batchGetItem";
import * as batchWriteItemInput from "dynalite/validations/batchWriteItem";
import * as createTableInput from "dynalite/validations/createTable";
import * as deleteItemInput from "dynalite/validations/deleteItem";
import * as deleteTableInput from "dynalite/validations/deleteTable";
import * as describeTableInput from "dynalite/validations/describeTable";
import * as getItemInput from "dynalite/validations/getItem";
import * as listTablesInput from "dynalite/validations/listTables";
import * as putItemInput from "dynalite/validations/putItem";
import * as queryInput from "dynalite/validations/query";
import * as scanInput from "dynalite/validations/scan";
import * as updateItemInput from "dynalite/validations/updateItem";
import * as updateTableInput from "dynalite/validations/updateTable";
import { AwsError } from "../../aws/aws-error";
import type { Json } from "../engine";
import { guardExpressions } from "./expressions";

/** An operation of dynalite: how it checks a request, and what it then does with it. */
interface DynaliteOperation {
    readonly run: typeof putItem;
    readonly input: { readonly types: object; readonly custom: unknown };
}

const OPERATIONS: Readonly<Record<string, DynaliteOperation>> = {
    BatchGetItem: { run: batchGetItem, input: batchGetItemInput },
    BatchWriteItem: { run: batchWriteItem, input: batchWriteItemInput },
    CreateTable: { run: createTable, input: createTableInput },
    DeleteItem: { run: deleteItem, input: deleteItemInput },
    DeleteTable: { run: deleteTable, input: deleteTableInput },
    DescribeTable: { run: describeTable, input: describeTableInput },
    GetItem: { run: getItem, input: getItemInput },
    ListTables: { run: listTables, input: listTablesInput },
    PutItem: { run: putItem, input: putItemInput },
    Query: { run: query, input: queryInput },
    Scan: { run: scan, input: scanInput },
    UpdateItem: { run: updateItem, input: updateItemInput },
    UpdateTable: { run: updateTable, input: updateTableInput },
};

/** A request that has passed dynalite's static validation, its expressions parsed. */
export interface CheckedRequest {
    readonly operation: string;
    readonly request: Record<string, unknown>;
}

/** Checks a request without looking at any table. Throws an `AwsError`. */
export function checkRequest(operation: string, input: Record<string, unknown>, store: ItemStore): CheckedRequest {
    const { types, custom } = dynaliteOperation(operation).input;
    try {
        const request = checkTypes(input, types);
        checkValidations(request, types, custom, store);
        guardExpressions(request);
        return { operation, request };
    } catch (error) {
        const known = toAwsError(error);
        // What dynalite's checks trip over is not in the form of a request at all: a null for an attribute value.
        throw known instanceof AwsError
            ? known
            : new AwsError("SerializationException", "Unexpected value type in payload");
    }
}

/** Runs a checked request. `onCrash` is for the store to call with what a callback of dynalite's threw. */
export async function runAction(
    { operation, request }: CheckedRequest,
    makeStore: (onCrash: (error: unknown) => void) => ItemStore,
): Promise<Json> {
    const { run } = dynaliteOperation(operation);
    try {
        return await new Promise<Json>((resolve, reject) => {
            const fail = (error: unknown): void => {
                reject(error instanceof Error ? error : new Error(String(error)));
            };
            run(makeStore(fail), request, (error, output) => {
                if (error) {
                    fail(error);
                } else {
                    resolve(output ?? {});
                }
            });
        });
    } catch (error) {
        throw toAwsError(error);
    }
}

function dynaliteOperation(operation: string): DynaliteOperation {
    const found = OPERATIONS[operation];
    if (found === undefined) {
        throw new Error(`the embedded DynamoDB engine has no ${operation}`);
    }
    return found;
}

/** Dynalite's answer as an `AwsError`; anything else, a bug, stays what it is. */
function toAwsError(error: unknown): unknown {
    if (!(error instanceof Error) || !("body" in error) || !("statusCode" in error)) {
        return error;
    }
    const { __type: type, message, Message } = error.body as Readonly<Record<string, string | undefined>>;
    const code = type?.slice(type.indexOf("#") + 1) ?? "InternalServerError";
    return new AwsError(code, message ?? Message ?? "", error.statusCode as number);
}
