import { ADMINISTRATOR } from "../../signing/credentials";
import type { DynamoDb } from "./dynamodb";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import type { Created, Registration, ResourceBehaviour } from "../../resources/resource";

/** Where an item is: what its deletion needs. */
interface Place {
    readonly tableName: string;
    readonly key: Json;
}

/** One item that the program owns. As the AWS provider does, it never takes over an item that is there already. */
export function tableItemBehaviour(dynamoDb: DynamoDb): ResourceBehaviour {
    const places = new Map<string, Place>();
    const remove = async ({ id }: Created): Promise<void> => {
        const place = places.get(id);
        if (place !== undefined) {
            places.delete(id);
            await dynamoDb.request("DeleteItem", { TableName: place.tableName, Key: place.key }, ADMINISTRATOR);
        }
    };
    const put = async ({ inputs }: Registration, condition: Json): Promise<Created> => {
        const item = parseItem(inputs.item);
        const keyNames = [inputs.hashKey, inputs.rangeKey].filter((name) => typeof name === "string" && name !== "");
        const key = Object.fromEntries(keyNames.map((name) => [String(name), item[String(name)]]));
        const tableName = String(inputs.tableName);
        await dynamoDb.request("PutItem", { TableName: tableName, Item: item, ...condition }, ADMINISTRATOR);
        const id = [tableName, ...keyNames, ...Object.values(key).map(keyText)].join("|");
        places.set(id, { tableName, key });
        return { id, outputs: {} };
    };
    return {
        create: (registration) => put(registration, mustNotExist(registration.inputs)),
        async update(registration, current) {
            const { inputs } = registration;
            const place = places.get(current.id);
            const item = parseItem(inputs.item);
            const same =
                place?.tableName === inputs.tableName &&
                Object.entries(place?.key ?? {}).every(
                    ([name, value]) => JSON.stringify(item[name]) === JSON.stringify(value),
                );
            if (same) {
                return put(registration, {});
            }
            const created = await put(registration, mustNotExist(inputs));
            await remove(current);
            return created;
        },
        delete: remove,
    };
}

function mustNotExist({ hashKey }: Json): Json {
    return { ConditionExpression: "attribute_not_exists(#hash)", ExpressionAttributeNames: { "#hash": hashKey } };
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
