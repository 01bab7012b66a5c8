import assert from "node:assert/strict";
import fc from "fast-check";
import { AwsError } from "../../../../local/aws/aws-error";
import { ADMINISTRATOR } from "../../../../local/signing/credentials";
import { LocalDynamoDb } from "./local-dynamodb";

const TableName = "malformed";

describe("A malformed request to DynamoDB", () => {
    let local: LocalDynamoDb;

    before(async () => {
        local = await LocalDynamoDb.start();
        await local.createTable(TableName, {
            StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
        });
    });

    after(() => local.close());

    it("is answered with an error of the API, whatever is wrong with it", async () => {
        const junk = fc.oneof(fc.constantFrom(null, "", "x", 1, true), fc.jsonValue({ maxDepth: 2 }));
        const value = fc.oneof(
            {
                weight: 3,
                arbitrary: fc.constantFrom<unknown>(
                    { S: "a" },
                    { N: "1" },
                    { N: "x" },
                    { SS: [] },
                    { S: null },
                    { M: { a: null } },
                    { S: "a", N: "1" },
                ),
            },
            { weight: 1, arbitrary: junk },
        );
        const item = fc.oneof(fc.dictionary(fc.constantFrom("pk", "sk", "a"), value, { maxKeys: 3 }), junk);
        const members = {
            TableName: fc.oneof(
                { weight: 5, arbitrary: fc.constant<unknown>(TableName) },
                { weight: 1, arbitrary: junk },
            ),
            Key: item,
            Item: item,
            KeyConditionExpression: fc.oneof(fc.constantFrom("pk = :a", "= =", ""), junk),
            FilterExpression: fc.constantFrom("a < :a", "begins_with(b, :a)", "size(", "pk"),
            UpdateExpression: fc.constantFrom("SET a = :a", "ADD a :a", "REMOVE", "SET pk = :a"),
            ConditionExpression: fc.constantFrom("attribute_exists(pk)", "a IN (:a)", "NOT", "a BETWEEN :a AND :a"),
            ExpressionAttributeValues: fc.oneof(fc.record({ ":a": value }), junk),
            ExpressionAttributeNames: fc.oneof(fc.constant({ "#a": "a" }), junk),
            RequestItems: fc.oneof(
                fc.dictionary(fc.constantFrom(TableName, "x"), fc.oneof(fc.array(junk), junk)),
                junk,
            ),
            TransactItems: fc.oneof(
                fc.array(
                    fc.oneof(fc.record({ Put: fc.record({ TableName: fc.constant(TableName), Item: item }) }), junk),
                ),
                junk,
            ),
        };
        const operation = fc.constantFrom(
            "GetItem",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "Query",
            "Scan",
            "BatchGetItem",
            "BatchWriteItem",
            "TransactGetItems",
            "TransactWriteItems",
        );
        await fc.assert(
            fc.asyncProperty(operation, fc.record(members, { requiredKeys: [] }), async (name, input) => {
                try {
                    await local.dynamoDb.request(name, input, ADMINISTRATOR);
                } catch (error) {
                    assert.ok(error instanceof AwsError, String((error as Error).stack));
                    assert.equal(error.status, 400);
                }
            }),
            { numRuns: 3000 },
        );
        const { Table } = await local.dynamoDb.request("DescribeTable", { TableName }, ADMINISTRATOR);
        assert.ok(Table);
    });
});
