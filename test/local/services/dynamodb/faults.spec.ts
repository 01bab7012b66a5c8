import assert from "node:assert/strict";
import {
    BatchGetCommand,
    BatchWriteCommand,
    type DynamoDBDocumentClient,
    GetCommand,
    PutCommand,
    ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import { AwsError } from "../../../../local/aws/aws-error";
import type { Faults } from "../../../../local/services/dynamodb/faults";
import { LocalDynamoDb, rejection } from "./local-dynamodb";

const TableName = "throttled";

describe("Faults injected into DynamoDB", () => {
    let local: LocalDynamoDb;
    let documents: DynamoDBDocumentClient;
    let faults: Faults = () => undefined;

    before(async () => {
        local = await LocalDynamoDb.start({ faults: (operation, table) => faults(operation, table) });
        documents = local.documents();
        await local.createTable(TableName);
    });

    after(() => local.close());

    const throttled = new AwsError(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded.",
    );

    const keys = ["1", "2", "3", "4"].map((sk) => ({ pk: "a", sk }));

    it("are answered instead of carrying out the operation they are for", async () => {
        faults = (operation, table) => (operation === "PutItem" && table === TableName ? throttled : undefined);
        const Item = { pk: "fault", sk: "1" };
        const error = await rejection(documents.send(new PutCommand({ TableName, Item })));
        assert.equal(error.name, "ProvisionedThroughputExceededException");
        const found = await documents.send(new GetCommand({ TableName, Key: Item }));
        assert.equal(found.Item, undefined);
    });

    it("hand back the writes of a batch that they hit, and only those", async () => {
        let asked = 0;
        faults = () => (asked++ % 2 === 1 ? throttled : undefined);
        const { UnprocessedItems } = await documents.send(
            new BatchWriteCommand({ RequestItems: { [TableName]: keys.map((Item) => ({ PutRequest: { Item } })) } }),
        );
        assert.deepEqual(
            UnprocessedItems?.[TableName]?.map(({ PutRequest }) => PutRequest?.Item?.sk as unknown),
            ["2", "4"],
        );
        faults = () => undefined;
        const { Items = [] } = await documents.send(new ScanCommand({ TableName }));
        assert.deepEqual(Items.map(({ sk }) => sk as unknown).sort(), ["1", "3"]);
    });

    it("hand back the keys of a batch of reads that they hit", async () => {
        let asked = 0;
        faults = () => (asked++ === 0 ? throttled : undefined);
        const { Responses, UnprocessedKeys } = await documents.send(
            new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys.slice(0, 3), ConsistentRead: true } } }),
        );
        assert.equal(Responses?.[TableName]?.length, 1);
        assert.deepEqual(UnprocessedKeys?.[TableName]?.Keys, [keys[0]]);
    });

    it("fail a batch that they hit in every element", async () => {
        faults = () => throttled;
        const error = await rejection(
            documents.send(
                new BatchWriteCommand({
                    RequestItems: { [TableName]: keys.map((Item) => ({ PutRequest: { Item } })) },
                }),
            ),
        );
        assert.equal(error.name, "ProvisionedThroughputExceededException");
    });
});
