import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createWebhook } from "./handler";
import { OrdersTable } from "./orders";

function required(name: string): string {
    const value = process.env[name];
    if (value === undefined || value === "") {
        throw new Error(`The environment variable ${name} is not set`);
    }
    return value;
}

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = createWebhook({
    secret: required("WEBHOOK_SECRET"),
    orders: new OrdersTable(documents, required("ORDERS_TABLE")),
});
