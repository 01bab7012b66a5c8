import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Order } from "./order";

/** Where orders are kept. */
export interface Orders {
    /** Sets the given attributes, makes the order where there is none, and leaves all other attributes as they are. */
    update(order: Order): Promise<void>;
}

/** The orders table: partition key `customer`, sort key `orderId`. */
export class OrdersTable implements Orders {
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly tableName: string,
    ) {}

    async update({ customer, orderId, attributes }: Order): Promise<void> {
        const entries = Object.entries(attributes);
        await this.documents.send(
            new UpdateCommand({
                TableName: this.tableName,
                Key: { customer, orderId },
                // Placeholders throughout: `status` and many another plain word are reserved in expressions.
                UpdateExpression: `SET ${entries.map((_, index) => `#n${index} = :v${index}`).join(", ")}`,
                ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
                ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value])),
            }),
        );
    }
}
