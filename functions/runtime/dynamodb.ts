import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/**
 * The client of all functions. The time-outs are far above what DynamoDB takes and far below a function's: without them
 * the SDK waits for ever on a connection that went dead while the execution environment was frozen.
 */
export function createDocumentClient(): DynamoDBDocumentClient {
    const client = new DynamoDBClient({ requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000 } });
    return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
