import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { AwsError } from "../../../local/aws/aws-error";
import { ADMINISTRATOR } from "../../../local/signing/credentials";
import { DynamoDb } from "../../../local/services/dynamodb/dynamodb";
import { EmbeddedEngine } from "../../../local/database/embedded/embedded-engine";
import type { Faults } from "../../../local/services/dynamodb/faults";
import type { EdgeResponse, EdgeService } from "../../../local/edge/service";
import type { Life } from "../../../simulation/life";

export const REGISTRY = "registry";
export const LOG = "log";
export const NAMESPACES = "namespaces";

/** What of the SDK's requests is looked at here. */
interface HandlerRequest {
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
}

/** The platform's tables in the embedded DynamoDB, whose protocol the SDK speaks here without a socket. */
export class Tables {
    private inFlight = 0;

    private constructor(
        private readonly dynamoDb: DynamoDb,
        private readonly service: EdgeService,
    ) {}

    static async create(clock: () => number, faults: Faults): Promise<Tables> {
        const log = console.error;
        const engine = new EmbeddedEngine(clock);
        const dynamoDb = new DynamoDb({ engine, authorize: () => undefined, clock, log, faults, ttlSweepMs: 0 });
        for (const table of [REGISTRY, LOG]) {
            await createTable(dynamoDb, table, ["pk", "sk"]);
        }
        await createTable(dynamoDb, NAMESPACES, ["namespace"]);
        return new Tables(dynamoDb, dynamoDb.service);
    }

    /** The client of one execution environment. It does not try again by itself, which would take real time. */
    documents(life?: Life): DynamoDBDocumentClient {
        const handle = async (request: HandlerRequest): Promise<EdgeResponse> => {
            const operation = request.headers["x-amz-target"]?.split(".")[1] ?? "";
            const answer = (): Promise<EdgeResponse> => this.answer(operation, request);
            return life === undefined ? answer() : life.request(`dynamodb:${operation}`, answer);
        };
        const client = new DynamoDBClient({
            endpoint: "http://memory",
            region: "us-east-1",
            credentials: { accessKeyId: "key", secretAccessKey: "secret" },
            maxAttempts: 1,
            requestHandler: {
                handle: async (request: HandlerRequest) => {
                    const { status: statusCode, headers, body } = await handle(request);
                    return { response: { statusCode, headers, body: Buffer.from(body) } };
                },
            },
        });
        return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    }

    /** Waits until all requests have been answered, and what came of the answers waits for something else. */
    async settle(): Promise<void> {
        for (let quiet = 0; quiet < 2; quiet = this.inFlight === 0 ? quiet + 1 : 0) {
            await setImmediate();
        }
    }

    async close(): Promise<void> {
        await this.dynamoDb.close();
    }

    private async answer(operation: string, { body }: HandlerRequest): Promise<EdgeResponse> {
        const { buffer, byteOffset, byteLength } = body ?? new Uint8Array();
        this.inFlight += 1;
        try {
            return await this.service.handle({
                method: "POST",
                path: "/",
                query: new URLSearchParams(),
                headers: {},
                targetPrefix: "DynamoDB_20120810",
                operation,
                signingName: "dynamodb",
                id: randomUUID(),
                body: Buffer.from(buffer, byteOffset, byteLength),
                principal: ADMINISTRATOR,
            });
        } catch (error) {
            if (error instanceof AwsError) {
                return this.service.renderError(error);
            }
            throw error;
        } finally {
            this.inFlight -= 1;
        }
    }
}

async function createTable(dynamoDb: DynamoDb, TableName: string, keys: readonly string[]): Promise<void> {
    await dynamoDb.createTable(
        {
            TableName,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
            KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" })),
        },
        ADMINISTRATOR,
    );
}
