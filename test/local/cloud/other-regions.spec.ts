import assert from "node:assert/strict";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetQueueUrlCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Services } from "../../../local/cloud/services";
import { sqs } from "../../../local/services/sqs/service";

describe("A Region that is not ours", () => {
    let services: Services;
    before(async () => {
        services = await Services.start({ port: 0, awsPort: 0, log: () => undefined });
        (await services.use(sqs)).create("ours", {});
    });
    after(() => services.close());

    const config = (region: string) => {
        const { accessKeyId, secretAccessKey } = services.credentials.administrator;
        return { endpoint: services.urls.aws, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
    };

    it("is empty: what there is in ours does not exist there", async () => {
        const here = new SQSClient(config("us-east-1"));
        const there = new SQSClient(config("eu-west-1"));
        assert.equal((await here.send(new ListQueuesCommand({}))).QueueUrls?.length, 1);
        assert.equal((await there.send(new ListQueuesCommand({}))).QueueUrls, undefined);
        await assert.rejects(there.send(new GetQueueUrlCommand({ QueueName: "ours" })), { name: "QueueDoesNotExist" });

        const tables = new DynamoDBClient(config("eu-west-1"));
        assert.deepEqual((await tables.send(new ListTablesCommand({}))).TableNames, []);
        await assert.rejects(tables.send(new DescribeTableCommand({ TableName: "orders" })), {
            name: "ResourceNotFoundException",
        });
    });

    it("is called by its own name in answers", async () => {
        const functions = new LambdaClient(config("ap-southeast-2"));
        await assert.rejects(functions.send(new InvokeCommand({ FunctionName: "notify" })), {
            name: "ResourceNotFoundException",
            message: /arn:aws:lambda:ap-southeast-2:000000000000:function:notify/,
        });
    });

    it("takes nothing new, and says which Region does", async () => {
        const create = new CreateTableCommand({
            TableName: "orders",
            AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
            KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
            BillingMode: "PAY_PER_REQUEST",
        });
        await assert.rejects(new DynamoDBClient(config("eu-west-1")).send(create), {
            name: "ValidationException",
            message: "The local cloud has one Region, us-east-1: nothing can be created in eu-west-1",
        });
    });

    it("knows the account as every Region does", async () => {
        const { Account } = await new STSClient(config("eu-west-1")).send(new GetCallerIdentityCommand({}));
        assert.equal(Account, "000000000000");
    });
});
