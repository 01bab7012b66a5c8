import type { Authorize, AwsCall, Principal } from "../../aws/authorization";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import type { ItemAccess } from "./item-access";
import { type Table, tableArn } from "./table";

/** Asks the gate for one access to items, with DynamoDB's condition keys for it. Throws AccessDeniedException. */
export function authorizeItems(
    authorize: Authorize,
    principal: Principal,
    access: ItemAccess,
    table: Table | undefined,
): void {
    const arn = tableArn(access.table);
    authorize({
        principal,
        action: `dynamodb:${access.action}`,
        resource: access.index === undefined ? arn : `${arn}/index/${access.index}`,
        context: context(access, table?.keyNames[0]),
    });
}

function context(access: ItemAccess, hashName: string | undefined): AwsCall["context"] {
    const { action, keys, request, index, enclosingOperation } = access;
    const hashes = keys.map((key) => (isObject(key) && hashName !== undefined ? keyText(key[hashName]) : undefined));
    if (action === "Query" && index === undefined && hashName !== undefined) {
        hashes.push(queriedHash(request, hashName));
    }
    const leadingKeys = [...new Set(hashes.filter((hash) => hash !== undefined))];
    const { Select, ReturnValues, ReturnConsumedCapacity } = request;
    return {
        ...(leadingKeys.length === 0 ? {} : { "dynamodb:LeadingKeys": leadingKeys }),
        "dynamodb:Attributes": attributes(keys, request),
        ...(enclosingOperation === undefined ? {} : { "dynamodb:EnclosingOperation": enclosingOperation }),
        ...(typeof Select === "string" ? { "dynamodb:Select": Select } : {}),
        ...(typeof ReturnValues === "string" ? { "dynamodb:ReturnValues": ReturnValues } : {}),
        ...(typeof ReturnConsumedCapacity === "string"
            ? { "dynamodb:ReturnConsumedCapacity": ReturnConsumedCapacity }
            : {}),
    };
}

function keyText(value: unknown): string | undefined {
    const [text] = isObject(value) ? Object.values(value) : [];
    return typeof text === "string" ? text : undefined;
}

/** The partition that a Query reads: the value that its key condition sets equal to the partition key. */
function queriedHash(request: Json, hashName: string): string | undefined {
    const {
        KeyConditionExpression,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        KeyConditions,
    } = request;
    if (isObject(KeyConditions)) {
        const condition = KeyConditions[hashName];
        const list = isObject(condition) ? condition.AttributeValueList : undefined;
        return Array.isArray(list) ? keyText(list[0]) : undefined;
    }
    if (typeof KeyConditionExpression !== "string") {
        return undefined;
    }
    for (const [, name = "", placeholder = ""] of KeyConditionExpression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
        const attribute = name.startsWith("#") && isObject(names) ? names[name] : name;
        if (attribute === hashName && isObject(values)) {
            return keyText(values[placeholder]);
        }
    }
    return undefined;
}

const EXPRESSIONS = [
    "ProjectionExpression",
    "UpdateExpression",
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
];

const EXPRESSION_WORDS = new Set([
    ...["AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE"],
    ...["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"],
    ...["if_not_exists", "list_append"],
]);

/** The top-level attributes that a request names. */
function attributes(keys: readonly unknown[], request: Json): readonly string[] {
    const names = new Set(keys.flatMap((key) => (isObject(key) ? Object.keys(key) : [])));
    const aliases = request.ExpressionAttributeNames;
    for (const member of EXPRESSIONS) {
        const expression = request[member];
        for (const [path] of typeof expression === "string" ? expression.matchAll(/(?<![:.\w#])#?[A-Za-z_]\w*/g) : []) {
            const name = path.startsWith("#") && isObject(aliases) ? aliases[path] : path;
            if (typeof name === "string" && !EXPRESSION_WORDS.has(name)) {
                names.add(name);
            }
        }
    }
    const listed: readonly unknown[] = Array.isArray(request.AttributesToGet) ? request.AttributesToGet : [];
    for (const name of listed) {
        if (typeof name === "string") {
            names.add(name);
        }
    }
    return [...names];
}
