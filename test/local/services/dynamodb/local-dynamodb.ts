import {
    CreateTableCommand,
    type CreateTableCommandInput,
    DynamoDBClient,
    waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Authorize } from "../../../../local/aws/authorization";
import { type AwsCredentials, Credentials } from "../../../../local/signing/credentials";
import { DynamoDb } from "../../../../local/services/dynamodb/dynamodb";
import { EmbeddedEngine } from "../../../../local/database/embedded/embedded-engine";
import type { DynamoDbEngine } from "../../../../local/database/engine";
import type { Faults } from "../../../../local/services/dynamodb/faults";
import { RemoteEngine } from "../../../../local/database/remote-engine";
import { streamsService } from "../../../../local/services/streams/operations";
import { StreamRegistry } from "../../../../local/services/streams/stream-registry";
import { EdgeServer } from "../../../../local/edge/server";
import { SignatureVerifier } from "../../../../local/signing/sigv4";

export interface LocalDynamoDbOptions {
    readonly engine?: DynamoDbEngine;
    readonly authorize?: Authorize;
    readonly faults?: Faults;
    readonly maxStreamRecords?: number;
}

/** DynamoDB behind a real edge server on a free port, with the AWS SDK's own clients on it. */
export class LocalDynamoDb {
    readonly credentials = new Credentials(Date.now);
    readonly dynamoDb: DynamoDb;
    readonly streams: StreamRegistry;
    /** What DynamoDB takes for the time is ahead of the clock by this, in milliseconds. */
    aheadMs = 0;
    readonly #edge: EdgeServer;
    readonly #clients: { destroy(): void }[] = [];
    #url = "";

    private constructor(options: LocalDynamoDbOptions) {
        const clock = (): number => Date.now() + this.aheadMs;
        const { engine = new EmbeddedEngine(clock), authorize = () => undefined, faults, maxStreamRecords } = options;
        const log = (line: string): void => {
            throw new Error(line);
        };
        const maxRecords = maxStreamRecords === undefined ? {} : { maxRecords: maxStreamRecords };
        this.streams = new StreamRegistry({ authorize, clock, ...maxRecords });
        this.dynamoDb = new DynamoDb({
            engine,
            authorize,
            clock,
            log,
            ttlSweepMs: 0,
            ...(faults === undefined ? {} : { faults }),
            streams: this.streams,
        });
        this.#edge = new EdgeServer({ verifier: new SignatureVerifier(this.credentials, Date.now), log });
        this.#edge.register(this.dynamoDb.service, streamsService({ streams: this.streams, authorize, clock }));
    }

    static async start(options: LocalDynamoDbOptions = {}): Promise<LocalDynamoDb> {
        const local = new LocalDynamoDb(options);
        local.#url = await local.#edge.listen(0);
        return local;
    }

    /** The same layer over a second local DynamoDB, reached by HTTP as LOCAL_DYNAMODB_ENDPOINT is. */
    static async startOverRemote(options: LocalDynamoDbOptions = {}): Promise<LocalDynamoDb> {
        const remote = await LocalDynamoDb.start();
        const credentials = remote.credentials.administrator;
        const engine = new RemoteEngine({ endpoint: remote.url, credentials, clock: Date.now });
        const local = await LocalDynamoDb.start({ ...options, engine });
        local.#clients.push({ destroy: () => void remote.close() });
        return local;
    }

    get url(): string {
        return this.#url;
    }

    client(credentials?: AwsCredentials): DynamoDBClient {
        const client = new DynamoDBClient(this.#clientConfig(credentials));
        this.#clients.push(client);
        return client;
    }

    /** Makes a table with partition key `pk` and sort key `sk`, both strings, or as the overrides say; waits for it. */
    async createTable(TableName: string, overrides: Partial<CreateTableCommandInput> = {}): Promise<void> {
        const client = this.client();
        await client.send(
            new CreateTableCommand({
                TableName,
                AttributeDefinitions: [
                    { AttributeName: "pk", AttributeType: "S" },
                    { AttributeName: "sk", AttributeType: "S" },
                ],
                KeySchema: [
                    { AttributeName: "pk", KeyType: "HASH" },
                    { AttributeName: "sk", KeyType: "RANGE" },
                ],
                BillingMode: "PAY_PER_REQUEST",
                ...overrides,
            }),
        );
        await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.01, maxDelay: 0.01 }, { TableName });
    }

    documents(): DynamoDBDocumentClient {
        return DynamoDBDocumentClient.from(this.client());
    }

    streamsClient(): DynamoDBStreamsClient {
        const client = new DynamoDBStreamsClient(this.#clientConfig());
        this.#clients.push(client);
        return client;
    }

    #clientConfig({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials = this.credentials.administrator) {
        const token = sessionToken === undefined ? {} : { sessionToken };
        const credentials = { accessKeyId, secretAccessKey, ...token };
        return { endpoint: this.#url, region: "us-east-1", credentials, maxAttempts: 1 };
    }

    async close(): Promise<void> {
        for (const client of this.#clients) {
            client.destroy();
        }
        await this.#edge.close();
        await this.dynamoDb.close();
    }
}

/** What a promise rejected with; fails where it resolved. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Readonly<Record<string, unknown>>> {
    try {
        await promise;
    } catch (error) {
        return error as Error & Readonly<Record<string, unknown>>;
    }
    throw new Error("the call went through");
}
