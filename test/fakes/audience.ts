import type { Audience, AudiencePage, Recipient } from "../../functions/registry/audience";
import type { SortKeys } from "../../functions/registry/sort-keys";
import { subscriptionKey } from "../../functions/registry/registry-rows";

/** An audience in memory, in the order of its sort keys, which fails when a test says so. */
export class FakeAudience implements Audience {
    readonly reads: { readonly keys: SortKeys; readonly limit: number }[] = [];
    /** Asked before each read, with the number of reads so far. */
    fails: (read: number) => boolean = () => false;
    private readonly rows: readonly { readonly key: string; readonly recipient: Recipient }[];

    /** @param expired ids whose rows have expired: they are read, and left out. */
    constructor(
        ids: readonly string[],
        private readonly expired: ReadonlySet<string> = new Set(),
    ) {
        this.rows = ids
            .map((connectionId) => ({
                key: subscriptionKey("orders/1", connectionId).sk,
                recipient: { connectionId, connectedAt: 1 },
            }))
            .sort((one, other) => (one.key < other.key ? -1 : 1));
    }

    async read(_channel: string, keys: SortKeys, limit: number): Promise<AudiencePage> {
        this.reads.push({ keys, limit });
        await new Promise((resolve) => setImmediate(resolve));
        if (this.fails(this.reads.length)) {
            throw new Error("throttled");
        }
        const { from, to, after = "" } = keys;
        const found = this.rows.filter(({ key }) => key >= from && key <= to && key > after);
        const page = found.slice(0, limit);
        const last = page.at(-1)?.key;
        const recipients = page
            .map(({ recipient }) => recipient)
            .filter(({ connectionId }) => !this.expired.has(connectionId));
        return { recipients, rows: page.length, ...(found.length > limit && last !== undefined ? { last } : {}) };
    }
}
