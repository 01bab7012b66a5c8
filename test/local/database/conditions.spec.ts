import assert from "node:assert/strict";
import { type DynamoDBClient, PutItemCommand, ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { LocalDynamoDb } from "../services/dynamodb/local-dynamodb";

const TableName = "conditions";
const KEY = { pk: { S: "one" }, sk: { S: "1" } };

/** What an expression is for an item with texts, a number and booleans, and without `gone` and `lost`. */
const EXPRESSIONS: readonly (readonly [string, boolean])[] = [
    ["gone IN (:a, :b)", false],
    ["s IN (gone, :a)", true],
    ["n IN (gone, :a)", false],
    ["gone IN (lost, :a)", false],
    ["NOT gone IN (:a)", true],
    ["gone = lost", false],
    ["gone < lost", false],
    ["gone <= lost", false],
    ["gone > lost", false],
    ["gone >= lost", false],
    ["gone.deep = lost.deep", false],
    ["size(gone) = size(lost)", false],
    ["size(gone) < :five", false],
    ["NOT gone = lost", true],
    ["s = gone", false],
    ["gone = s", false],
    ["gone <> :a", true],
    ["s <> gone", true],
    ["gone <> lost", false],
    ["s <> same", false],
    ["s = same AND n = :five", true],
    ["n BETWEEN gone AND :nine", false],
    ["n BETWEEN :one AND gone", false],
    ["gone BETWEEN lost AND lost", false],
    ["n BETWEEN :one AND s", false],
    ["n BETWEEN :one AND :nine", true],
    ["n BETWEEN :five AND :five", true],
    ["s BETWEEN :a AND :b", true],
    ["begins_with(gone, lost)", false],
    ["begins_with(s, gone)", false],
    ["begins_with(s, :a)", true],
    ["begins_with(yes, also)", false],
    ["contains(s, gone)", false],
    ["contains(gone, lost)", false],
    ["attribute_not_exists(gone) AND attribute_exists(s)", true],
];

for (const engine of ["embedded", "remote"] as const) {
    describe(`Conditions and numbers in DynamoDB over the ${engine} engine`, () => {
        let local: LocalDynamoDb;
        let client: DynamoDBClient;

        before(async () => {
            local = await (engine === "embedded" ? LocalDynamoDb.start() : LocalDynamoDb.startOverRemote());
            client = local.client();
            await local.createTable(TableName);
            const Item = {
                ...KEY,
                n: { N: "5" },
                s: { S: "a" },
                same: { S: "a" },
                yes: { BOOL: true },
                also: { BOOL: true },
            };
            await client.send(new PutItemCommand({ TableName, Item }));
        });

        after(() => local.close());

        const valuesOf = (expression: string) => {
            const all = {
                ":a": { S: "a" },
                ":b": { S: "b" },
                ":one": { N: "1" },
                ":five": { N: "5" },
                ":nine": { N: "9" },
            };
            const used = Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(expression));
            return used.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(used) };
        };

        for (const [expression, holds] of EXPRESSIONS) {
            it(`take ${expression} for ${holds}, as a filter and as a condition`, async () => {
                const filter = { TableName, FilterExpression: expression, ...valuesOf(expression) };
                const { Count } = await client.send(new ScanCommand(filter));
                assert.equal(Count, holds ? 1 : 0);
                const update = new UpdateItemCommand({
                    TableName,
                    Key: KEY,
                    UpdateExpression: "REMOVE gone",
                    ConditionExpression: expression,
                    ...valuesOf(expression),
                });
                await (holds
                    ? client.send(update)
                    : assert.rejects(client.send(update), { name: "ConditionalCheckFailedException" }));
            });
        }

        const nines = "9".repeat(38);

        it("refuse a number of more than 38 digits, wherever it is given", async () => {
            const long = { N: `${nines}1` };
            for (const value of [long, { NS: [long.N] }, { L: [long] }, { M: { deep: long } }]) {
                await assert.rejects(client.send(new PutItemCommand({ TableName, Item: { ...KEY, long: value } })), {
                    name: "ValidationException",
                    message: /more than 38 significant digits/,
                });
            }
        });

        it("refuse an update whose result has more than 38 digits, and leave the item as it was", async () => {
            const Key = { pk: { S: "sums" }, sk: { S: "1" } };
            await client.send(
                new PutItemCommand({ TableName, Item: { ...Key, n: { N: nines }, m: { M: { n: { N: "1" } } } } }),
            );
            const update = (UpdateExpression: string, value: string) => {
                const values = { ":v": { N: value } };
                return client.send(
                    new UpdateItemCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues: values }),
                );
            };
            const tooLong = { name: "ValidationException", message: /more than 38 significant digits/ };
            await assert.rejects(update("ADD n :v", "0.5"), tooLong);
            await assert.rejects(update("SET n = n - :v", "0.5"), tooLong);
            await assert.rejects(update("SET m.n = n + :v", "0.1"), tooLong);
            await assert.rejects(update("SET n = n + :v", "9e125"), tooLong);
            await update("ADD n :v", "1");
            const { Items } = await client.send(new ScanCommand({ TableName }));
            assert.deepEqual(Items?.find(({ pk }) => pk?.S === "sums")?.["n"], { N: `1${"0".repeat(38)}` });
        });

        it("refuse an update whose result is out of range", async () => {
            const Key = { pk: { S: "range" }, sk: { S: "1" } };
            await client.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: "9e125" } } }));
            const add = { UpdateExpression: "ADD n :v", ExpressionAttributeValues: { ":v": { N: "9e125" } } };
            await assert.rejects(client.send(new UpdateItemCommand({ TableName, Key, ...add })), {
                name: "ValidationException",
                message: /Number overflow/,
            });
        });
    });
}
