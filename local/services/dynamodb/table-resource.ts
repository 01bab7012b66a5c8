import { REGION } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import { ADMINISTRATOR } from "../../signing/credentials";
import type { Claims } from "./claims";
import type { DynamoDb } from "./dynamodb";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour } from "../../resources/resource";

/** What a table was last made with. */
interface Shape {
    readonly schema: string;
    readonly throughput: string;
}

/** A table of the program: created with its settings, and kept with its items while only settings change. */
export function tableBehaviour(dynamoDb: DynamoDb, claims: Claims, log: (line: string) => void): ResourceBehaviour {
    /** By table name. */
    const made = new Map<string, { readonly urn: string; readonly shape: Shape }>();
    const settle = async (name: string, urn: string, before: Shape, inputs: Json): Promise<Created> => {
        const shape = shapeOf(inputs);
        if (before.throughput !== shape.throughput) {
            await dynamoDb.request("UpdateTable", { TableName: name, ...throughputOf(inputs) }, ADMINISTRATOR);
        }
        made.set(name, { urn, shape });
        await claims.keep(urn, { table: name, ...shape });
        return applySettings(dynamoDb, name, inputs);
    };
    const tellLoss = (name: string): void => {
        log(`table ${name} is made anew, without its items: its key, its indexes or its name changed`);
    };
    return {
        async create(registration) {
            const { urn, inputs } = registration;
            const name = physicalName(registration, inputs.name);
            const create = (): Promise<unknown> =>
                dynamoDb.createTable({ TableName: name, ...schemaOf(inputs), ...throughputOf(inputs) }, ADMINISTRATOR);
            if (!(await isTaken(create))) {
                return settle(name, urn, shapeOf(inputs), inputs);
            }
            // Another DynamoDB (LOCAL_DYNAMODB_ENDPOINT) has the tables of earlier starts.
            const claim = await claims.find(urn);
            if (claim?.table !== name) {
                throw new Error(takenText(registration, name, claims.endpoint));
            }
            const shape = { schema: String(claim.schema), throughput: String(claim.throughput) };
            if (shape.schema === shapeOf(inputs).schema) {
                return settle(name, urn, shape, inputs);
            }
            tellLoss(name);
            await dynamoDb.deleteTable(name, ADMINISTRATOR);
            await create();
            return settle(name, urn, shapeOf(inputs), inputs);
        },
        replaces(registration, { id }) {
            const { inputs } = registration;
            const kept =
                physicalName(registration, inputs.name) === id && made.get(id)?.shape.schema === shapeOf(inputs).schema;
            if (!kept) {
                tellLoss(id);
            }
            return !kept;
        },
        update: ({ urn, inputs }, { id }) => settle(id, urn, made.get(id)?.shape ?? shapeOf(inputs), inputs),
        async delete({ id }) {
            await dynamoDb.deleteTable(id, ADMINISTRATOR);
            const { urn } = made.get(id) ?? {};
            if (urn !== undefined) {
                await claims.drop(urn);
            }
            made.delete(id);
        },
    };
}

/** Does `create`; answers whether the name is in use, so that it could not. */
async function isTaken(create: () => Promise<unknown>): Promise<boolean> {
    try {
        await create();
        return false;
    } catch (error) {
        if (error instanceof AwsError && error.code === "ResourceInUseException") {
            return true;
        }
        throw error;
    }
}

function takenText({ type, name }: Registration, table: string, endpoint: string | undefined): string {
    const where = endpoint === undefined ? "" : ` --endpoint-url ${endpoint}`;
    return (
        `${type} "${name}": there is a table ${table} already, which this resource did not make; give one of them ` +
        `another name, or delete the table: aws dynamodb delete-table${where} --table-name ${table}`
    );
}

function shapeOf(inputs: Json): Shape {
    return { schema: JSON.stringify(schemaOf(inputs)), throughput: JSON.stringify(throughputOf(inputs)) };
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
