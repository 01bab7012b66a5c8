import { isDeepStrictEqual } from "node:util";
import { AwsError } from "../../aws/aws-error";
import { ADMINISTRATOR } from "../../signing/credentials";
import type { Claims } from "./claims";
import type { DynamoDb } from "./dynamodb";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import type { Created, Registration, ResourceBehaviour } from "../../resources/resource";

/** Where an item is: what its deletion needs. */
interface Place {
    readonly tableName: string;
    readonly key: Json;
}

/** One item that the program owns. As the AWS provider does, it never takes over an item that somebody else put. */
export function tableItemBehaviour(dynamoDb: DynamoDb, claims: Claims): ResourceBehaviour {
    const owners = new Map<string, { readonly urn: string; readonly place: Place }>();
    const remove = async ({ id }: Created): Promise<void> => {
        const owner = owners.get(id);
        if (owner !== undefined) {
            await deleteItem(dynamoDb, owner.place);
            await claims.drop(owner.urn);
            owners.delete(id);
        }
    };
    const put = async (registration: Registration): Promise<Created> => {
        const { urn, inputs } = registration;
        const item = parseItem(inputs.item);
        const place = { tableName: String(inputs.tableName), key: keyOf(inputs, item) };
        const before = await claims.find(urn);
        const own = isDeepStrictEqual(before, place);
        await putItem(dynamoDb, item, place.tableName, own ? {} : mustNotExist(inputs)).catch((error: unknown) => {
            throw isTaken(error) ? new Error(takenText(registration, place, claims.endpoint), { cause: error }) : error;
        });
        if (before !== undefined && !own) {
            await deleteItem(dynamoDb, before as unknown as Place);
        }
        await claims.keep(urn, { ...place });
        const id = [place.tableName, ...Object.keys(place.key), ...Object.values(place.key).map(keyText)].join("|");
        owners.set(id, { urn, place });
        return { id, outputs: {} };
    };
    return {
        create: put,
        async update(registration, current) {
            const created = await put(registration);
            if (created.id !== current.id) {
                owners.delete(current.id);
            }
            return created;
        },
        delete: remove,
    };
}

async function putItem(dynamoDb: DynamoDb, Item: Json, TableName: string, condition: Json): Promise<void> {
    await dynamoDb.request("PutItem", { TableName, Item, ...condition }, ADMINISTRATOR);
}

async function deleteItem(dynamoDb: DynamoDb, { tableName, key }: Place): Promise<void> {
    try {
        await dynamoDb.request("DeleteItem", { TableName: tableName, Key: key }, ADMINISTRATOR);
    } catch (error) {
        // The item is gone with its table.
        if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") {
            throw error;
        }
    }
}

function keyOf({ hashKey, rangeKey }: Json, item: Json): Json {
    const names = [hashKey, rangeKey].filter((name) => typeof name === "string" && name !== "");
    return Object.fromEntries(names.map((name) => [String(name), item[String(name)]]));
}

function mustNotExist({ hashKey }: Json): Json {
    return { ConditionExpression: "attribute_not_exists(#hash)", ExpressionAttributeNames: { "#hash": hashKey } };
}

function isTaken(error: unknown): boolean {
    return error instanceof AwsError && error.code === "ConditionalCheckFailedException";
}

function takenText({ type, name }: Registration, { tableName, key }: Place, endpoint: string | undefined): string {
    const keyText = JSON.stringify(key);
    const where = endpoint === undefined ? "" : ` --endpoint-url ${endpoint}`;
    return (
        `${type} "${name}": the table ${tableName} has an item ${keyText} already, which this resource did not put there; ` +
        `give one of them another key, or delete the item: ` +
        `aws dynamodb delete-item${where} --table-name ${tableName} --key '${keyText}'`
    );
}

/** The item as the program writes it: DynamoDB JSON in a string. */
function parseItem(text: unknown): Json {
    const item: unknown = JSON.parse(String(text));
    if (!isObject(item)) {
        throw new Error("`item` must be a JSON object of attribute values");
    }
    return item;
}

function keyText(value: unknown): string {
    return isObject(value) ? String(Object.values(value)[0]) : "";
}
