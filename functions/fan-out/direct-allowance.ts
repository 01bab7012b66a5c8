import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { RowKey } from "../../contract/tables";
import type { Log } from "../runtime/log";
import { DIRECT_REFILL_MS } from "./pace";

/**
 * Asks for so many posts, and answers how many of them the notifier may make itself.
 *
 * Never fails: where nobody can be asked, it may make none, and leaves them to the deliverers.
 */
export type AskForPosts = (count: number) => Promise<number>;

/** Until when the allowance is used, in epoch milliseconds: noted in one place, for all notifiers. */
export interface AllowanceRow {
    /** Notes a time if nothing is used at `now` any more. Otherwise answers until when it is. */
    begin(now: number, usedUntil: number): Promise<number | undefined>;
    /** Moves the time on, unless it is `limit` or later; answers with the new one. */
    extend(milliseconds: number, limit: number): Promise<number | undefined>;
}

export interface DirectAllowanceDeps {
    readonly row: AllowanceRow;
    /** Posts that are allowed at once, after a pause; see `Pace`. */
    readonly directAudience: number;
    readonly clock: () => number;
    readonly log: Log;
}

/**
 * The token bucket that all notifiers share: Lambda runs as many of them as there are events, and what each of them
 * knows by itself bounds no sum. It is one number, until when it is used: a post moves that on by the time in which one
 * more is allowed, and the bucket is empty when it is as far ahead as filling takes. As time goes by nobody writes.
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function createDirectAllowance({ row, directAudience, clock, log }: DirectAllowanceDeps): AskForPosts {
    return async (count) => {
        try {
            return await claim(row, directAudience, Math.min(count, directAudience), clock());
        } catch (error) {
            log.warn("The allowance of direct posts could not be asked for: deliverers make them", { count, error });
            return 0;
        }
    };
}

/** One request where the bucket is full or empty, which mostly it is, and two in between. */
async function claim(row: AllowanceRow, directAudience: number, wanted: number, now: number): Promise<number> {
    const msPerPost = DIRECT_REFILL_MS / directAudience;
    const emptyAt = now + DIRECT_REFILL_MS;
    const left = (usedUntil: number): number => Math.max(0, Math.floor((emptyAt - usedUntil) / msPerPost));
    const usedUntil = await row.begin(now, now + Math.ceil(wanted * msPerPost));
    if (usedUntil === undefined) {
        return wanted;
    }
    const claimed = Math.min(wanted, left(usedUntil));
    if (claimed === 0) {
        return 0;
    }
    const usedMs = Math.ceil(claimed * msPerPost);
    // Others may have come first: then it is now used for longer than there was room, and this one gets the rest.
    const extended = await row.extend(usedMs, emptyAt);
    return extended === undefined ? 0 : Math.min(claimed, left(extended - usedMs));
}

/** No channel's rows are in a partition of this name. */
const KEY: RowKey = { pk: "allowance", sk: "direct" };
/** A deliverer that has to be started is there by then. */
const PATIENCE_MS = 500;

/** A row of the message log. Once expired it says the same as none. */
export class TableAllowanceRow implements AllowanceRow {
    /** @param patienceMs how long a request may take. Defaults to half a second. */
    constructor(
        private readonly documents: DynamoDBDocumentClient,
        private readonly table: string,
        private readonly patienceMs = PATIENCE_MS,
    ) {}

    async begin(now: number, usedUntil: number): Promise<number | undefined> {
        try {
            await this.update("SET usedUntil = :until", "attribute_not_exists(pk) OR usedUntil <= :now", usedUntil, {
                ":until": usedUntil,
                ":now": now,
            });
            return undefined;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return Number(error.Item?.["usedUntil"]?.N);
            }
            throw error;
        }
    }

    async extend(milliseconds: number, limit: number): Promise<number | undefined> {
        try {
            const row = await this.update(
                "SET usedUntil = usedUntil + :more",
                "usedUntil < :limit",
                limit + milliseconds,
                {
                    ":more": milliseconds,
                    ":limit": limit,
                },
            );
            return Number(row["usedUntil"]);
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return undefined;
            }
            throw error;
        }
    }

    private async update(
        expression: string,
        condition: string,
        usedUntilAtMost: number,
        values: Readonly<Record<string, number>>,
    ): Promise<Readonly<Record<string, unknown>>> {
        const { Attributes = {} } = await this.documents.send(
            new UpdateCommand({
                TableName: this.table,
                Key: KEY,
                UpdateExpression: `${expression}, expiresAt = :expiresAt`,
                ConditionExpression: condition,
                ExpressionAttributeValues: { ...values, ":expiresAt": Math.ceil(usedUntilAtMost / 1_000) },
                ReturnValues: "UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            }),
            { abortSignal: AbortSignal.timeout(this.patienceMs) },
        );
        return Attributes;
    }
}
