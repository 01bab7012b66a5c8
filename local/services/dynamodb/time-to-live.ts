import { AwsError } from "../../aws/aws-error";
import type { DynamoDbEngine, ItemChange } from "../../database/engine";
import { isObject, type Item, keyOf } from "../../database/item";
import type { Table } from "./table";

/** AWS leaves items alone whose time is further back than this: their attribute probably means something else. */
const MAX_AGE_SECONDS = 5 * 365 * 24 * 3600;

/** Deletions under way at once: enough to keep the engine busy, without holding up requests. */
const CONCURRENCY = 16;

/** An item as it was seen with a time to live: it may have changed or gone since. */
interface Expiring {
    readonly key: Item;
    /** The number as it stood in the item. */
    readonly expiresAt: string;
}

export interface TimeToLiveOptions {
    readonly engine: DynamoDbEngine;
    readonly clock: () => number;
    /** Milliseconds between two sweeps; 0 sweeps only when `sweep` is called. */
    readonly sweepMs: number;
    readonly log: (line: string) => void;
    /** Deletes the item if its attribute still has this value; rejects with ConditionalCheckFailedException if not. */
    readonly expire: (table: Table, key: Item, attribute: string, expiresAt: string) => Promise<void>;
}

/**
 * Deletes items whose time has come. AWS takes up to days for that; here it is a sweep's interval, over an index of
 * what was written, so that a sweep costs what it deletes and not what the tables hold.
 */
export class TimeToLive {
    /** Per table, the items by the second at which they expire. */
    readonly #expiring = new Map<Table, Map<number, Expiring[]>>();
    readonly #timer: NodeJS.Timeout | undefined;
    #sweeping: Promise<number> | undefined;

    constructor(private readonly options: TimeToLiveOptions) {
        if (options.sweepMs > 0) {
            this.#timer = setInterval(() => {
                this.sweep().catch((error: unknown) => {
                    options.log(`dynamodb: a TTL sweep failed: ${String(error)}`);
                });
            }, options.sweepMs);
            this.#timer.unref();
        }
    }

    /** Starts to expire the table's items, also those that it has already. */
    async enable(table: Table, attribute: string): Promise<void> {
        table.ttlAttribute = attribute;
        this.#expiring.set(table, new Map());
        const names = Object.fromEntries([...table.keyNames, attribute].map((name, at) => [`#${at}`, name]));
        let start: unknown;
        do {
            const page = await this.options.engine.request("Scan", {
                TableName: table.name,
                ProjectionExpression: Object.keys(names).join(", "),
                ExpressionAttributeNames: names,
                ...(start === undefined ? {} : { ExclusiveStartKey: start }),
            });
            for (const item of Array.isArray(page.Items) ? (page.Items as Item[]) : []) {
                this.#remember(table, keyOf(item, table.keyNames), timeOf(item, attribute));
            }
            start = page.LastEvaluatedKey;
        } while (isObject(start));
    }

    disable(table: Table): void {
        table.ttlAttribute = undefined;
        this.#expiring.delete(table);
    }

    /** To be told of every change of an item in a table with TTL. */
    observe(table: Table, change: ItemChange): void {
        const { ttlAttribute } = table;
        if (ttlAttribute === undefined || change.newImage === undefined) {
            return;
        }
        const time = timeOf(change.newImage, ttlAttribute);
        if (change.oldImage === undefined || timeOf(change.oldImage, ttlAttribute) !== time) {
            this.#remember(table, change.key, time);
        }
    }

    /** Deletes what has expired by now, and returns how many items that were. */
    async sweep(): Promise<number> {
        const running = this.#sweeping ?? this.#sweep();
        this.#sweeping = running;
        try {
            return await running;
        } finally {
            this.#sweeping = undefined;
        }
    }

    async close(): Promise<void> {
        clearInterval(this.#timer);
        await this.#sweeping;
    }

    #remember(table: Table, key: Item, time: string | undefined): void {
        const second = time === undefined ? NaN : Math.floor(Number(time));
        const bySecond = this.#expiring.get(table);
        if (time === undefined || Number.isNaN(second) || bySecond === undefined) {
            return;
        }
        const items = bySecond.get(second);
        if (items === undefined) {
            bySecond.set(second, [{ key, expiresAt: time }]);
        } else {
            items.push({ key, expiresAt: time });
        }
    }

    async #sweep(): Promise<number> {
        const now = Math.floor(this.options.clock() / 1000);
        let deleted = 0;
        for (const [table, bySecond] of this.#expiring) {
            const due: Expiring[] = [];
            for (const [second, items] of bySecond) {
                if (second < now) {
                    bySecond.delete(second);
                    due.push(...(second < now - MAX_AGE_SECONDS ? [] : items));
                }
            }
            deleted += await this.#expireAll(table, due);
        }
        return deleted;
    }

    async #expireAll(table: Table, due: Expiring[]): Promise<number> {
        let deleted = 0;
        const worker = async (): Promise<void> => {
            for (let item = due.pop(); item !== undefined; item = due.pop()) {
                deleted += (await this.#expire(table, item)) ? 1 : 0;
            }
        };
        await Promise.all(Array.from({ length: CONCURRENCY }, worker));
        return deleted;
    }

    async #expire(table: Table, { key, expiresAt }: Expiring): Promise<boolean> {
        const attribute = table.ttlAttribute;
        if (attribute === undefined) {
            return false;
        }
        try {
            await this.options.expire(table, key, attribute, expiresAt);
            return true;
        } catch (error) {
            if (error instanceof AwsError) {
                // Written anew, or deleted, since it was seen; or its table has gone.
                return false;
            }
            throw error;
        }
    }
}

/** The item's time to live as it stands, if it is a number: TTL ignores every other type. */
function timeOf(item: Item, attribute: string): string | undefined {
    const value = item[attribute];
    return value !== undefined && "N" in value ? value.N : undefined;
}
