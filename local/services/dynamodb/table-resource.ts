import { REGION } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import { ADMINISTRATOR } from "../../signing/credentials";
import type { DynamoDb } from "./dynamodb";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour } from "../../resources/resource";

/** A table of the program: created with its settings, and kept with its items while only settings change. */
export function tableBehaviour(dynamoDb: DynamoDb, log: (line: string) => void): ResourceBehaviour {
    /** By table name, what the table was last made with. */
    const shapes = new Map<string, { readonly schema: string; readonly throughput: string }>();
    const settle = async (name: string, inputs: Json): Promise<Created> => {
        shapes.set(name, {
            schema: JSON.stringify(schemaOf(inputs)),
            throughput: JSON.stringify(throughputOf(inputs)),
        });
        return applySettings(dynamoDb, name, inputs);
    };
    const create = async (registration: Registration): Promise<Created> => {
        const { inputs } = registration;
        const name = physicalName(registration, inputs.name);
        await createOrAdopt(dynamoDb, { TableName: name, ...schemaOf(inputs), ...throughputOf(inputs) });
        return settle(name, inputs);
    };
    const remove = async ({ id }: Created): Promise<void> => {
        await dynamoDb.deleteTable(id, ADMINISTRATOR);
        shapes.delete(id);
    };
    return {
        create,
        replaces(registration, { id }) {
            const { inputs } = registration;
            const kept =
                physicalName(registration, inputs.name) === id &&
                shapes.get(id)?.schema === JSON.stringify(schemaOf(inputs));
            if (!kept) {
                log(`table ${id} is made anew, without its items: its key, its indexes or its name changed`);
            }
            return !kept;
        },
        async update({ inputs }, { id: name }) {
            if (shapes.get(name)?.throughput !== JSON.stringify(throughputOf(inputs))) {
                await dynamoDb.request("UpdateTable", { TableName: name, ...throughputOf(inputs) }, ADMINISTRATOR);
            }
            return settle(name, inputs);
        },
        delete: remove,
    };
}

/** Another DynamoDB (LOCAL_DYNAMODB_ENDPOINT) may have the table from an earlier start. */
async function createOrAdopt(dynamoDb: DynamoDb, input: Json): Promise<void> {
    try {
        await dynamoDb.createTable(input, ADMINISTRATOR);
    } catch (error) {
        if (!(error instanceof AwsError) || error.code !== "ResourceInUseException") {
            throw error;
        }
        const { Table } = await dynamoDb.request("DescribeTable", { TableName: input.TableName }, ADMINISTRATOR);
        if (!isObject(Table) || JSON.stringify(Table.KeySchema) !== JSON.stringify(input.KeySchema)) {
            throw new Error(`table ${String(input.TableName)} exists already, with another key schema`, {
                cause: error,
            });
        }
    }
}

/** An operation of DynamoDB on one table. */
type Call = (operation: string, input: Json) => Promise<Json>;

/** Brings the settings that differ to what the program says, and answers with the table's properties. */
async function applySettings(dynamoDb: DynamoDb, name: string, inputs: Json): Promise<Created> {
    const call: Call = (operation, input) => dynamoDb.request(operation, { TableName: name, ...input }, ADMINISTRATOR);
    await call("UpdateTable", {
        DeletionProtectionEnabled: inputs.deletionProtectionEnabled === true,
        ...encryptionOf(inputs.serverSideEncryption),
    });
    await applyStream(call, inputs);
    await applyTimeToLive(call, inputs.ttl);
    const recovery = isObject(inputs.pointInTimeRecovery) && inputs.pointInTimeRecovery.enabled === true;
    await call("UpdateContinuousBackups", {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery },
    });
    const table = await description(call);
    await applyTags(call, table.TableArn, isObject(inputs.tags) ? inputs.tags : {});
    return {
        id: name,
        outputs: {
            name,
            arn: table.TableArn,
            region: REGION,
            billingMode: inputs.billingMode ?? "PROVISIONED",
            streamArn: table.LatestStreamArn ?? "",
            streamLabel: table.LatestStreamLabel ?? "",
            tagsAll: inputs.tags ?? {},
        },
    };
}

async function description(call: Call): Promise<Json> {
    const { Table } = await call("DescribeTable", {});
    return isObject(Table) ? Table : {};
}

/** A stream with another view is another stream: the one there is ends first. */
async function applyStream(call: Call, { streamEnabled, streamViewType }: Json): Promise<void> {
    const { StreamSpecification: specification } = await description(call);
    const current = isObject(specification) ? specification.StreamViewType : undefined;
    const wanted = streamEnabled === true ? streamViewType : undefined;
    if (current !== undefined && current !== wanted) {
        await call("UpdateTable", { StreamSpecification: { StreamEnabled: false } });
    }
    if (wanted !== undefined && current !== wanted) {
        await call("UpdateTable", { StreamSpecification: { StreamEnabled: true, StreamViewType: wanted } });
    }
}

async function applyTags(call: Call, ResourceArn: unknown, tags: Json): Promise<void> {
    const { Tags: current } = await call("ListTagsOfResource", { ResourceArn });
    const TagKeys = listOf(current)
        .map(({ Key }) => String(Key))
        .filter((key) => !(key in tags));
    await call("UntagResource", { ResourceArn, TagKeys });
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await call("TagResource", { ResourceArn, Tags });
}

function encryptionOf(encryption: unknown): Json {
    if (!isObject(encryption)) {
        return {};
    }
    const { enabled, kmsKeyArn } = encryption;
    return { SSESpecification: { Enabled: enabled === true, SSEType: "KMS", KMSMasterKeyId: kmsKeyArn } };
}

async function applyTimeToLive(call: Call, ttl: unknown): Promise<void> {
    const wanted = isObject(ttl) && ttl.enabled !== false ? ttl.attributeName : undefined;
    const { TimeToLiveDescription: description } = await call("DescribeTimeToLive", {});
    const current = isObject(description) ? description.AttributeName : undefined;
    if (current !== undefined && current !== wanted) {
        await call("UpdateTimeToLive", { TimeToLiveSpecification: { AttributeName: current, Enabled: false } });
    }
    if (typeof wanted === "string" && wanted !== "" && current !== wanted) {
        await call("UpdateTimeToLive", { TimeToLiveSpecification: { AttributeName: wanted, Enabled: true } });
    }
}

/** Keys and indexes, from Pulumi's shape to the API's. */
function schemaOf(inputs: Json): Json {
    const globals = listOf(inputs.globalSecondaryIndexes).map((index) => ({
        ...indexOf(index, index.hashKey),
        ...provisioned(inputs, index),
    }));
    const locals = listOf(inputs.localSecondaryIndexes).map((index) => indexOf(index, inputs.hashKey));
    return {
        AttributeDefinitions: listOf(inputs.attributes).map(({ name, type }) => ({
            AttributeName: name,
            AttributeType: type,
        })),
        KeySchema: keySchema(inputs.hashKey, inputs.rangeKey),
        ...(globals.length === 0 ? {} : { GlobalSecondaryIndexes: globals }),
        ...(locals.length === 0 ? {} : { LocalSecondaryIndexes: locals }),
    };
}

function indexOf({ name, rangeKey, projectionType, nonKeyAttributes }: Json, hashKey: unknown): Json {
    const some = Array.isArray(nonKeyAttributes) && nonKeyAttributes.length > 0;
    return {
        IndexName: name,
        KeySchema: keySchema(hashKey, rangeKey),
        Projection: { ProjectionType: projectionType, ...(some ? { NonKeyAttributes: nonKeyAttributes } : {}) },
    };
}

function keySchema(hashKey: unknown, rangeKey: unknown): readonly Json[] {
    const hash = { AttributeName: hashKey, KeyType: "HASH" };
    return typeof rangeKey === "string" && rangeKey !== ""
        ? [hash, { AttributeName: rangeKey, KeyType: "RANGE" }]
        : [hash];
}

function throughputOf(inputs: Json): Json {
    return { BillingMode: inputs.billingMode ?? "PROVISIONED", ...provisioned(inputs, inputs) };
}

function provisioned(table: Json, { readCapacity, writeCapacity }: Json): Json {
    return table.billingMode === "PAY_PER_REQUEST"
        ? {}
        : { ProvisionedThroughput: { ReadCapacityUnits: readCapacity, WriteCapacityUnits: writeCapacity } };
}

function listOf(value: unknown): readonly Json[] {
    return Array.isArray(value) ? value.filter(isObject) : [];
}
