import { arn } from "../../aws/account";
import type { DynamoDbEngine, Json } from "../../database/engine";
import { AwsError } from "../../aws/aws-error";
import { isObject } from "../../database/item";
import type { StreamLog } from "../streams/stream-log";

/** A table as this layer knows it: what a request needs at hand, and the settings that the engine does not keep. */
export interface Table {
    readonly name: string;
    readonly arn: string;
    /** The partition key's attribute, then the sort key's where there is one. */
    readonly keyNames: readonly string[];
    stream: StreamLog | undefined;
    /** The attribute with the epoch second after which an item expires. */
    ttlAttribute: string | undefined;
    deletionProtection: boolean;
    /** The KMS key's ARN, where the table is encrypted with another than DynamoDB's own. */
    kmsKeyArn: string | undefined;
    /** Epoch milliseconds. */
    pointInTimeRecoverySince: number | undefined;
    readonly tags: Map<string, string>;
}

const TABLE_ARN_PREFIX = arn("dynamodb", "table/");

/** The tables there are, by name. */
export class TableCatalog {
    readonly #tables = new Map<string, Table>();

    constructor(private readonly engine: DynamoDbEngine) {}

    /** A table that has been seen before. */
    get(name: string): Table | undefined {
        return this.#tables.get(name);
    }

    /** Also finds a table that another DynamoDB had before the local cloud started. */
    async find(name: string): Promise<Table | undefined> {
        const known = this.#tables.get(name);
        if (known !== undefined) {
            return known;
        }
        try {
            const { Table: described } = await this.engine.request("DescribeTable", { TableName: name });
            const description = isObject(described) ? described : {};
            const since = this.#tables.get(name);
            if (since !== undefined) {
                return since;
            }
            return description.TableStatus === "DELETING" ? newTable(name, description) : this.add(name, description);
        } catch (error) {
            if (error instanceof AwsError) {
                return undefined;
            }
            throw error;
        }
    }

    /** @param description With a KeySchema, as in CreateTable's request. */
    add(name: string, description: Json): Table {
        const table = newTable(name, description);
        this.#tables.set(name, table);
        return table;
    }

    remove(name: string): void {
        this.#tables.delete(name);
    }
}

export function tableArn(name: string): string {
    return TABLE_ARN_PREFIX + name;
}

/** A table's name, given its name or its ARN. */
export function tableName(nameOrArn: string): string {
    return nameOrArn.startsWith(TABLE_ARN_PREFIX) ? nameOrArn.slice(TABLE_ARN_PREFIX.length) : nameOrArn;
}

/** The table that a request is about. Throws a ValidationException where it names none. */
export function requiredTableName({ TableName }: Json): string {
    if (typeof TableName !== "string") {
        const text = "The parameter 'TableName' is required but was not present in the request";
        throw new AwsError("ValidationException", text);
    }
    return tableName(TableName);
}

function newTable(name: string, description: Json): Table {
    return {
        name,
        arn: tableArn(name),
        keyNames: keyNames(description.KeySchema),
        stream: undefined,
        ttlAttribute: undefined,
        deletionProtection: false,
        kmsKeyArn: undefined,
        pointInTimeRecoverySince: undefined,
        tags: new Map(),
    };
}

function keyNames(schema: unknown): readonly string[] {
    const elements: readonly unknown[] = Array.isArray(schema) ? schema : [];
    return elements.flatMap((element) => {
        return isObject(element) && typeof element.AttributeName === "string" ? [element.AttributeName] : [];
    });
}
