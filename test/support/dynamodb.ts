import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { AwsError } from "../../local/aws/aws-error";
import { ADMINISTRATOR, Credentials } from "../../local/signing/credentials";
import { DynamoDb } from "../../local/services/dynamodb/dynamodb";
import { EmbeddedEngine } from "../../local/database/embedded/embedded-engine";
import { EdgeServer } from "../../local/edge/server";
import { SignatureVerifier } from "../../local/signing/sigv4";

export type Row = Readonly<Record<string, unknown>>;

/**
 * The embedded DynamoDB behind its HTTP endpoint, with a registry and a namespace table, and the SDK's document client
 * to it. It speaks the real protocol; what it does not show is eventual consistency and throttling that nobody
 * injected.
 */
export class TestDynamoDb {
    static readonly REGISTRY = "registry";
    static readonly NAMESPACES = "namespaces";

    /** Operations that the server was asked for, such as "Query". Of a batch, one for each element. */
    readonly calls: string[] = [];
    /** What the document client was given. */
    readonly requests: { readonly operation: string; readonly input: Row }[] = [];
    readonly #failures: { readonly operation: string; readonly error: AwsError }[] = [];

    private constructor(
        readonly url: string,
        readonly client: DynamoDBClient,
        readonly documents: DynamoDBDocumentClient,
        private readonly shutDown: () => Promise<void>,
        faults: { find: (operation: string) => AwsError | undefined },
    ) {
        faults.find = (operation) => this.#takeFailure(operation);
        documents.middlewareStack.add(
            (next, context) => async (args) => {
                this.requests.push({
                    operation: (context.commandName ?? "").replace(/Command$/, ""),
                    input: { ...args.input },
                });
                return next(args);
            },
            { step: "initialize" },
        );
    }

    static async start(): Promise<TestDynamoDb> {
        const clock = Date.now;
        const credentials = new Credentials(clock);
        const faults: { find: (operation: string) => AwsError | undefined } = { find: () => undefined };
        const dynamoDb = new DynamoDb({
            engine: new EmbeddedEngine(clock),
            authorize: () => undefined,
            clock,
            log: () => undefined,
            faults: (operation) => faults.find(operation),
            ttlSweepMs: 0,
        });
        const server = new EdgeServer({ verifier: new SignatureVerifier(credentials, clock), log: console.error });
        server.register(dynamoDb.service);
        const url = await server.listen(0);
        const { accessKeyId, secretAccessKey } = credentials.administrator;
        const client = new DynamoDBClient({
            endpoint: url,
            region: "us-east-1",
            credentials: { accessKeyId, secretAccessKey },
            maxAttempts: 1,
        });
        await createTables(dynamoDb);
        const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
        const shutDown = async (): Promise<void> => {
            client.destroy();
            await server.close();
            await dynamoDb.close();
        };
        return new TestDynamoDb(url, client, documents, shutDown, faults);
    }

    /** The next `times` calls of the operation, or elements of a batch, fail as a throttled table's do. */
    throttle(operation: string, times = 1): void {
        const error = new AwsError(
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        );
        for (let count = 0; count < times; count++) {
            this.#failures.push({ operation, error });
        }
    }

    async put(table: string, item: Row): Promise<void> {
        await this.documents.send(new PutCommand({ TableName: table, Item: item }));
    }

    /** What it costs to read a partition. */
    async readUnits(table: string, pk: string): Promise<number | undefined> {
        const { ConsumedCapacity } = await this.documents.send(
            new QueryCommand({
                TableName: table,
                KeyConditionExpression: "pk = :pk",
                ExpressionAttributeValues: { ":pk": pk },
                ConsistentRead: true,
                ReturnConsumedCapacity: "TOTAL",
            }),
        );
        return ConsumedCapacity?.CapacityUnits;
    }

    /** All rows of the registry. */
    async registryRows(): Promise<readonly Row[]> {
        const { Items = [] } = await this.documents.send(
            new ScanCommand({ TableName: TestDynamoDb.REGISTRY, ConsistentRead: true }),
        );
        return Items;
    }

    async close(): Promise<void> {
        await this.shutDown();
    }

    #takeFailure(operation: string): AwsError | undefined {
        this.calls.push(operation);
        const index = this.#failures.findIndex((failure) => failure.operation === operation);
        return index === -1 ? undefined : this.#failures.splice(index, 1)[0]?.error;
    }
}

async function createTables(dynamoDb: DynamoDb): Promise<void> {
    await dynamoDb.createTable(
        {
            TableName: TestDynamoDb.REGISTRY,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [
                { AttributeName: "pk", AttributeType: "S" },
                { AttributeName: "sk", AttributeType: "S" },
            ],
            KeySchema: [
                { AttributeName: "pk", KeyType: "HASH" },
                { AttributeName: "sk", KeyType: "RANGE" },
            ],
        },
        ADMINISTRATOR,
    );
    await dynamoDb.createTable(
        {
            TableName: TestDynamoDb.NAMESPACES,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [{ AttributeName: "namespace", AttributeType: "S" }],
            KeySchema: [{ AttributeName: "namespace", KeyType: "HASH" }],
        },
        ADMINISTRATOR,
    );
}
