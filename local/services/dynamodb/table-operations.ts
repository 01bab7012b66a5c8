import { arn } from "../../aws/account";
import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { DynamoDbEngine, Json } from "../../database/engine";
import { isObject } from "../../database/item";
import { isViewType, type StreamRegistry } from "../streams/stream-registry";
import { requiredTableName, type Table, type TableCatalog, tableArn } from "./table";
import { tagsOf } from "./table-settings";
import type { TimeToLive } from "./time-to-live";

/** What the engine keeps of a table; the rest is kept here, the same over every engine. */
const ENGINE_MEMBERS = [
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
];

export interface TableOperationsOptions {
    readonly engine: DynamoDbEngine;
    readonly tables: TableCatalog;
    readonly streams: StreamRegistry;
    readonly timeToLive: TimeToLive;
    readonly authorize: Authorize;
}

/** Creating, changing, describing and deleting tables. */
export class TableOperations {
    readonly operations: Readonly<Record<string, (input: Json, principal: Principal) => Promise<Json>>> = {
        CreateTable: (input, principal) => this.#create(input, principal),
        UpdateTable: (input, principal) => this.#update(input, principal),
        DeleteTable: (input, principal) => this.#delete(input, principal),
        DescribeTable: (input, principal) => this.#describe(input, principal),
        ListTables: (input, principal) => this.#list(input, principal),
    };

    constructor(private readonly options: TableOperationsOptions) {}

    async #create(input: Json, principal: Principal): Promise<Json> {
        const name = this.#authorize("CreateTable", input, principal);
        const tags = tagsOf(input.Tags);
        if (tags.length > 0) {
            this.#authorize("TagResource", input, principal);
        }
        checkStreamSpecification(input.StreamSpecification);
        const answer = await this.options.engine.request("CreateTable", {
            TableName: name,
            ...pick(input, ENGINE_MEMBERS),
        });
        const table = this.options.tables.add(name, input);
        for (const [key, value] of tags) {
            table.tags.set(key, value);
        }
        this.#applySettings(table, input);
        return { TableDescription: describe(table, answer.TableDescription) };
    }

    async #update(input: Json, principal: Principal): Promise<Json> {
        const name = this.#authorize("UpdateTable", input, principal);
        const table = await this.#existing(name);
        checkStreamSpecification(input.StreamSpecification);
        if (Array.isArray(input.GlobalSecondaryIndexUpdates)) {
            const text = "The local cloud cannot change the indexes of a table: delete the table and create it anew.";
            throw new AwsError("ValidationException", text);
        }
        if (isObject(input.StreamSpecification)) {
            this.#checkStreamChange(table, input.StreamSpecification.StreamEnabled === true);
        }
        const ofEngine = pick(input, ["BillingMode", "ProvisionedThroughput"]);
        if (Object.keys(ofEngine).length > 0) {
            await this.options.engine.request("UpdateTable", { TableName: name, ...ofEngine });
        }
        this.#applySettings(table, input);
        const { Table } = await this.options.engine.request("DescribeTable", { TableName: name });
        return { TableDescription: describe(table, Table) };
    }

    async #delete(input: Json, principal: Principal): Promise<Json> {
        const name = this.#authorize("DeleteTable", input, principal);
        const table = await this.options.tables.find(name);
        if (table?.deletionProtection === true) {
            const text =
                "Resource cannot be deleted as it is currently protected against deletion. " +
                "Disable deletion protection first.";
            throw new AwsError("ValidationException", text);
        }
        const answer = await this.options.engine.request("DeleteTable", { TableName: name });
        if (table === undefined) {
            return answer;
        }
        const TableDescription = describe(table, answer.TableDescription);
        table.stream?.disable();
        table.stream = undefined;
        this.options.timeToLive.disable(table);
        this.options.tables.remove(name);
        return { TableDescription };
    }

    async #describe(input: Json, principal: Principal): Promise<Json> {
        const name = this.#authorize("DescribeTable", input, principal);
        const { Table } = await this.options.engine.request("DescribeTable", { TableName: name });
        return { Table: describe(await this.#existing(name), Table) };
    }

    async #list(input: Json, principal: Principal): Promise<Json> {
        this.options.authorize({ principal, action: "dynamodb:ListTables", resource: "*", context: {} });
        return this.options.engine.request("ListTables", { ...input });
    }

    /** Judges the action on the named table, and returns the table's name. */
    #authorize(action: string, input: Json, principal: Principal): string {
        const name = requiredTableName(input);
        this.options.authorize({ principal, action: `dynamodb:${action}`, resource: tableArn(name), context: {} });
        return name;
    }

    async #existing(name: string): Promise<Table> {
        const table = await this.options.tables.find(name);
        if (table === undefined) {
            throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
        }
        return table;
    }

    #checkStreamChange(table: Table, enable: boolean): void {
        if (enable && table.stream !== undefined) {
            throw new AwsError("ValidationException", `Table already has an enabled stream: TableName: ${table.name}`);
        }
        if (!enable && table.stream === undefined) {
            const text = `Table is not currently configured to have a stream: TableName: ${table.name}`;
            throw new AwsError("ValidationException", text);
        }
    }

    #applySettings(
        table: Table,
        { StreamSpecification: stream, SSESpecification: sse, DeletionProtectionEnabled }: Json,
    ): void {
        if (isObject(stream)) {
            table.stream?.disable();
            table.stream = isViewType(stream.StreamViewType)
                ? this.options.streams.create(table, stream.StreamViewType)
                : undefined;
        }
        if (typeof DeletionProtectionEnabled === "boolean") {
            table.deletionProtection = DeletionProtectionEnabled;
        }
        if (isObject(sse)) {
            const given = typeof sse.KMSMasterKeyId === "string" ? sse.KMSMasterKeyId : "alias/aws/dynamodb";
            table.kmsKeyArn = sse.Enabled === true ? kmsArn(given) : undefined;
        }
    }
}

/** Throws a ValidationException unless the specification is left out, or is one. */
function checkStreamSpecification(specification: unknown): void {
    if (!isObject(specification)) {
        return;
    }
    const { StreamEnabled: enabled, StreamViewType: viewType } = specification;
    if (enabled === true ? !isViewType(viewType) : viewType !== undefined && viewType !== null) {
        const text =
            "One or more parameter values were invalid: " +
            "StreamViewType is required if StreamEnabled is true, and cannot be specified if it is false";
        throw new AwsError("ValidationException", text);
    }
}

/** The engine's description of a table with what the engine does not know, and with this account's ARNs. */
function describe(table: Table, engineDescription: unknown): Json {
    const description = isObject(engineDescription) ? engineDescription : {};
    const { stream, kmsKeyArn } = table;
    const indexes = ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"].flatMap((member) => {
        const list: unknown = description[member];
        return Array.isArray(list) ? [[member, list.filter(isObject).map((index) => withArn(table, index))]] : [];
    });
    return {
        ...description,
        TableArn: table.arn,
        ...(Object.fromEntries(indexes) as Json),
        DeletionProtectionEnabled: table.deletionProtection,
        ...(stream === undefined
            ? {}
            : {
                  StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
                  LatestStreamArn: stream.arn,
                  LatestStreamLabel: stream.label,
              }),
        ...(kmsKeyArn === undefined
            ? {}
            : { SSEDescription: { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: kmsKeyArn } }),
    };
}

function withArn(table: Table, index: Json): Json {
    return { ...index, IndexArn: `${table.arn}/index/${String(index.IndexName)}` };
}

function kmsArn(keyOrAlias: string): string {
    return keyOrAlias.startsWith("arn:")
        ? keyOrAlias
        : arn("kms", keyOrAlias.startsWith("alias/") ? keyOrAlias : `key/${keyOrAlias}`);
}

function pick(input: Json, members: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(
        members.flatMap((member) => (input[member] === undefined ? [] : [[member, input[member]]])),
    );
}
