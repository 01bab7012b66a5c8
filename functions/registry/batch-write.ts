import type { BatchWriteCommandInput, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import type { RowKey } from "../../contract/tables";
import type { Backoff } from "../runtime/backoff";
import type { Waiting } from "../runtime/retry";
import { jitter, retry } from "../runtime/retry";

/** DynamoDB takes 25 writes in one call. */
const BATCH_SIZE = 25;
const ATTEMPTS = 8;
const BACKOFF: Backoff = { baseMs: 50, capMs: 1_000 };

type RequestItems = NonNullable<BatchWriteCommandInput["RequestItems"]>;
type WriteRequests = RequestItems[string];

/** Thrown when DynamoDB keeps handing writes back, which it does when it is throttled. */
export class UnprocessedWritesError extends Error {
    override readonly name = "UnprocessedWritesError";
    readonly code = "unprocessed_writes";
}

/** Puts and deletes of rows, in any number, in batches. No row may be named twice. */
export class BatchWriter {
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly waiting: Waiting,
    ) {}

    async put(rows: readonly (RowKey & Readonly<Record<string, unknown>>)[]): Promise<void> {
        await this.write(rows.map((Item) => ({ PutRequest: { Item } })));
    }

    async delete(keys: readonly RowKey[]): Promise<void> {
        await this.write(keys.map((Key) => ({ DeleteRequest: { Key } })));
    }

    private async write(requests: WriteRequests): Promise<void> {
        for (let start = 0; start < requests.length; start += BATCH_SIZE) {
            await this.writeBatch(requests.slice(start, start + BATCH_SIZE));
        }
    }

    private async writeBatch(requests: WriteRequests): Promise<void> {
        let remaining: RequestItems = { [this.table]: requests };
        const isUnfinished = (): boolean => Object.keys(remaining).length > 0;
        const pause = jitter(BACKOFF, this.waiting);
        await retry({ attempts: ATTEMPTS, pause, mayChange: isUnfinished }, async () => {
            const { UnprocessedItems } = await this.documents.send(new BatchWriteCommand({ RequestItems: remaining }));
            remaining = UnprocessedItems ?? {};
        });
        if (isUnfinished()) {
            throw new UnprocessedWritesError(`DynamoDB did not take all writes in ${ATTEMPTS} attempts.`);
        }
    }
}
