import { AwsError } from "../../aws/aws-error";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import { ADMINISTRATOR } from "../../signing/credentials";
import type { DynamoDb } from "./dynamodb";

/**
 * What the stacks' resources have made in a DynamoDB, by URN, at earlier starts too. A resource takes a table or an item
 * that is there already for its own only if it is the one that it made.
 */
export interface Claims {
    /** Where people reach this DynamoDB, if that is not the local cloud's own endpoint. */
    readonly endpoint?: string;
    find(urn: string): Promise<Json | undefined>;
    keep(urn: string, made: Json): Promise<void>;
    drop(urn: string): Promise<void>;
}

/** For the embedded DynamoDB, which ends with the process. */
export class HeldClaims implements Claims {
    readonly #made = new Map<string, Json>();

    find(urn: string): Promise<Json | undefined> {
        return Promise.resolve(this.#made.get(urn));
    }

    keep(urn: string, made: Json): Promise<void> {
        this.#made.set(urn, made);
        return Promise.resolve();
    }

    drop(urn: string): Promise<void> {
        this.#made.delete(urn);
        return Promise.resolve();
    }
}

const TABLE = "local-cloud-claims";

/** For another DynamoDB, which outlives the process: beside what is claimed, so that they come and go together. */
export class StoredClaims implements Claims {
    #table: Promise<void> | undefined;

    constructor(
        private readonly dynamoDb: DynamoDb,
        readonly endpoint: string,
    ) {}

    async find(urn: string): Promise<Json | undefined> {
        const { Item } = await this.#call("GetItem", { Key: { urn: { S: urn } }, ConsistentRead: true });
        const made = isObject(Item) && isObject(Item.made) ? (JSON.parse(String(Item.made.S)) as unknown) : undefined;
        return isObject(made) ? made : undefined;
    }

    async keep(urn: string, made: Json): Promise<void> {
        await this.#call("PutItem", { Item: { urn: { S: urn }, made: { S: JSON.stringify(made) } } });
    }

    async drop(urn: string): Promise<void> {
        await this.#call("DeleteItem", { Key: { urn: { S: urn } } });
    }

    async #call(operation: string, input: Json): Promise<Json> {
        this.#table ??= this.#createTable();
        await this.#table;
        return this.dynamoDb.request(operation, { TableName: TABLE, ...input }, ADMINISTRATOR);
    }

    async #createTable(): Promise<void> {
        const schema = {
            TableName: TABLE,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [{ AttributeName: "urn", AttributeType: "S" }],
            KeySchema: [{ AttributeName: "urn", KeyType: "HASH" }],
        };
        try {
            await this.dynamoDb.createTable(schema, ADMINISTRATOR);
        } catch (error) {
            if (!(error instanceof AwsError) || error.code !== "ResourceInUseException") {
                throw error;
            }
        }
    }
}
