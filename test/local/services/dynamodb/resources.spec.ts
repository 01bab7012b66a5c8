import assert from "node:assert/strict";
import { ADMINISTRATOR } from "../../../../local/signing/credentials";
import { HeldClaims } from "../../../../local/services/dynamodb/claims";
import { DynamoDb } from "../../../../local/services/dynamodb/dynamodb";
import { EmbeddedEngine } from "../../../../local/database/embedded/embedded-engine";
import type { Json } from "../../../../local/database/engine";
import { dynamoDbBehaviours } from "../../../../local/services/dynamodb/resources";
import type { Created, Registration, ResourceBehaviour } from "../../../../local/resources/resource";

const REGISTRY = {
    attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
    ],
    hashKey: "pk",
    rangeKey: "sk",
    billingMode: "PAY_PER_REQUEST",
    ttl: { attributeName: "expiresAt", enabled: true },
    serverSideEncryption: { enabled: true },
    pointInTimeRecovery: { enabled: true },
    streamEnabled: true,
    streamViewType: "NEW_AND_OLD_IMAGES",
    tags: { team: "platform" },
};

describe("DynamoDB's resources in the local cloud", () => {
    let dynamoDb: DynamoDb;
    let log: string[];
    let table: ResourceBehaviour;
    let tableItem: ResourceBehaviour;

    beforeEach(() => {
        dynamoDb = new DynamoDb({
            engine: new EmbeddedEngine(Date.now),
            authorize: () => undefined,
            clock: Date.now,
            log: () => undefined,
            ttlSweepMs: 0,
        });
        log = [];
        const behaviours = dynamoDbBehaviours(dynamoDb, new HeldClaims(), (line) => {
            log.push(line);
        });
        table = behaviourOf(behaviours, "aws:dynamodb/table:Table");
        tableItem = behaviourOf(behaviours, "aws:dynamodb/tableItem:TableItem");
    });

    afterEach(() => dynamoDb.close());

    const call = (operation: string, input: Json) => dynamoDb.request(operation, input, ADMINISTRATOR);

    const registration = (type: string, name: string, inputs: Json): Registration => ({
        urn: `urn:pulumi:local::push-gateway::${type}::${name}`,
        type,
        name,
        inputs,
    });

    const registry = (inputs: Json = REGISTRY): Registration =>
        registration("aws:dynamodb/table:Table", "registry", inputs);

    const put = (TableName: string, sk: string) =>
        call("PutItem", { TableName, Item: { pk: { S: "a" }, sk: { S: sk } } });

    describe("a table", () => {
        it("is active when it is created, under a name of its own, with the outputs that AWS gives", async () => {
            const { id, outputs } = await table.create(registry());
            assert.match(id, /^registry-[0-9a-f]{7}$/);
            const { Table } = await call("DescribeTable", { TableName: id });
            const { TableStatus, LatestStreamArn, LatestStreamLabel, SSEDescription } = Table as Json;
            assert.equal(TableStatus, "ACTIVE");
            assert.deepEqual((SSEDescription as Json).SSEType, "KMS");
            assert.deepEqual(outputs, {
                name: id,
                arn: `arn:aws:dynamodb:us-east-1:000000000000:table/${id}`,
                region: "us-east-1",
                billingMode: "PAY_PER_REQUEST",
                streamArn: LatestStreamArn,
                streamLabel: LatestStreamLabel,
                tagsAll: { team: "platform" },
            });
            const { TimeToLiveDescription } = await call("DescribeTimeToLive", { TableName: id });
            assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
            const { Tags } = await call("ListTagsOfResource", { ResourceArn: outputs.arn });
            assert.deepEqual(Tags, [{ Key: "team", Value: "platform" }]);
            const { ContinuousBackupsDescription } = await call("DescribeContinuousBackups", { TableName: id });
            assert.match(JSON.stringify(ContinuousBackupsDescription), /"PointInTimeRecoveryStatus":"ENABLED"/);
        });

        it("is called what the program calls it, where it does", async () => {
            assert.equal((await table.create(registry({ ...REGISTRY, name: "given" }))).id, "given");
        });

        it("has no stream ARN without a stream", async () => {
            const { outputs } = await table.create(
                registry({ ...REGISTRY, streamEnabled: false, streamViewType: undefined }),
            );
            assert.deepEqual([outputs.streamArn, outputs.streamLabel], ["", ""]);
        });

        it("has the indexes of the program, on provisioned or on-demand capacity", async () => {
            const { id } = await table.create(
                registry({
                    ...REGISTRY,
                    billingMode: "PROVISIONED",
                    readCapacity: 5,
                    writeCapacity: 6,
                    attributes: [...REGISTRY.attributes, { name: "owner", type: "S" }],
                    globalSecondaryIndexes: [
                        {
                            name: "by-owner",
                            hashKey: "owner",
                            projectionType: "INCLUDE",
                            nonKeyAttributes: ["n"],
                            readCapacity: 1,
                            writeCapacity: 2,
                        },
                    ],
                    localSecondaryIndexes: [{ name: "by-local", rangeKey: "owner", projectionType: "ALL" }],
                }),
            );
            const { Table } = await call("DescribeTable", { TableName: id });
            const { GlobalSecondaryIndexes, LocalSecondaryIndexes, ProvisionedThroughput } = Table as Record<
                string,
                Json & Json[]
            >;
            assert.equal(GlobalSecondaryIndexes?.[0]?.IndexName, "by-owner");
            assert.equal(LocalSecondaryIndexes?.[0]?.IndexName, "by-local");
            assert.equal(ProvisionedThroughput?.WriteCapacityUnits, 6);
        });

        it("keeps its items, its stream and its name when settings change", async () => {
            const created = await table.create(registry());
            await put(created.id, "1");
            const changed = {
                ...REGISTRY,
                ttl: { attributeName: "until", enabled: true },
                deletionProtectionEnabled: true,
                tags: { owner: "ada" },
            };
            const updated = await update(table, registry(changed), created);
            assert.deepEqual([updated.id, updated.outputs.streamArn], [created.id, created.outputs.streamArn]);
            assert.equal((await call("Scan", { TableName: created.id })).Count, 1);
            const { TimeToLiveDescription } = await call("DescribeTimeToLive", { TableName: created.id });
            assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: "ENABLED", AttributeName: "until" });
            const { Tags } = await call("ListTagsOfResource", { ResourceArn: created.outputs.arn });
            assert.deepEqual(Tags, [{ Key: "owner", Value: "ada" }]);
            await assert.rejects(async () => table.delete(updated), { code: "ValidationException" });
            assert.deepEqual(log, []);
        });

        it("gets another stream with another view", async () => {
            const created = await table.create(registry());
            const updated = await update(table, registry({ ...REGISTRY, streamViewType: "KEYS_ONLY" }), created);
            assert.notEqual(updated.outputs.streamArn, created.outputs.streamArn);
            assert.notEqual(updated.outputs.streamArn, "");
        });

        it("is made anew when its key changes, and says that its items are gone", async () => {
            const created = await table.create(registry());
            await put(created.id, "1");
            const changed = registry({ ...REGISTRY, attributes: [{ name: "pk", type: "S" }], rangeKey: undefined });
            assert.equal(table.replaces?.(registry({ ...REGISTRY, tags: {} }), created), false);
            assert.equal(table.replaces(changed, created), true);
            await table.delete(created);
            const updated = await table.create(changed);
            assert.equal(updated.id, created.id);
            assert.equal((await call("Scan", { TableName: created.id })).Count, 0);
            assert.match(log.join(), /made anew, without its items/);
        });

        it("is not taken from another resource that made it", async () => {
            await table.create(registry({ ...REGISTRY, name: "given" }));
            const other = registration("aws:dynamodb/table:Table", "other", { ...REGISTRY, name: "given" });
            await assert.rejects(async () => table.create(other), {
                message:
                    'aws:dynamodb/table:Table "other": there is a table given already, which this resource did not make; ' +
                    "give one of them another name, or delete the table: aws dynamodb delete-table --table-name given",
            });
        });

        it("is gone when it is deleted", async () => {
            const created = await table.create(registry());
            await table.delete(created);
            await assert.rejects(call("DescribeTable", { TableName: created.id }), {
                code: "ResourceNotFoundException",
            });
        });
    });

    describe("a table item", () => {
        const item = (tableName: string, content: Json): Registration =>
            registration("aws:dynamodb/tableItem:TableItem", "orders", {
                tableName,
                hashKey: "pk",
                rangeKey: "sk",
                item: JSON.stringify(content),
            });

        const key = { pk: { S: "orders" }, sk: { S: "1" } };

        it("is put, replaced and deleted with its resource", async () => {
            const { id: TableName } = await table.create(registry());
            const created = await tableItem.create(item(TableName, { ...key, n: { N: "1" } }));
            assert.equal(created.id, `${TableName}|pk|sk|orders|1`);
            const updated = await update(tableItem, item(TableName, { ...key, m: { N: "2" } }), created);
            assert.deepEqual((await call("GetItem", { TableName, Key: key })).Item, { ...key, m: { N: "2" } });
            await tableItem.delete(updated);
            assert.equal((await call("GetItem", { TableName, Key: key })).Item, undefined);
        });

        it("is never put over an item that is there already", async () => {
            const { id: TableName } = await table.create(registry());
            await call("PutItem", { TableName, Item: { ...key, mine: { BOOL: true } } });
            await assert.rejects(async () => tableItem.create(item(TableName, key)), {
                message:
                    `aws:dynamodb/tableItem:TableItem "orders": the table ${TableName} has an item ` +
                    '{"pk":{"S":"orders"},"sk":{"S":"1"}} already, which this resource did not put there; ' +
                    "give one of them another key, or delete the item: aws dynamodb delete-item " +
                    `--table-name ${TableName} --key '{"pk":{"S":"orders"},"sk":{"S":"1"}}'`,
            });
            assert.deepEqual((await call("GetItem", { TableName, Key: key })).Item, { ...key, mine: { BOOL: true } });
        });

        it("moves when its key changes", async () => {
            const { id: TableName } = await table.create(registry());
            const created = await tableItem.create(item(TableName, key));
            await update(tableItem, item(TableName, { ...key, sk: { S: "2" } }), created);
            const { Items } = await call("Scan", { TableName });
            assert.deepEqual(Items, [{ pk: { S: "orders" }, sk: { S: "2" } }]);
        });
    });
});

function behaviourOf(behaviours: Readonly<Record<string, ResourceBehaviour>>, type: string): ResourceBehaviour {
    const behaviour = behaviours[type];
    assert.ok(behaviour);
    return behaviour;
}

async function update(behaviour: ResourceBehaviour, registration: Registration, current: Created): Promise<Created> {
    const updated = await behaviour.update?.(registration, current);
    assert.ok(updated);
    return updated;
}
