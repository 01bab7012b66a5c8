import type { Audience, AudiencePage, Recipient } from "../audience";
import type { DeliverChunk } from "./chunk-delivery";
import type { Push } from "./push";
import type { ExpandRange } from "./range-expansion";
import type { SortKeys } from "./sort-keys";
import { ALL_SORT_KEYS, divideRest, estimateRows } from "./sort-keys";

/** What became of a message on one channel. */
export interface FanOutReport {
    /** Connections that it was for, as far as they are known when the report is made. */
    readonly audience: number;
    readonly delivered: number;
    /** Connections that turned out to be gone. */
    readonly stale: number;
    /** Connections that a deliverer serves later. */
    readonly queued: number;
    /** Connections that it could not be posted to; it waits for them in the dead-letter queue. */
    readonly failed: number;
}

/**
 * Sends a message to the whole audience of its channel, or stores what is left to do.
 *
 * @param except connections that do not get it.
 * @throws when neither is the case. The caller then tries the whole message again: it may reach some clients twice,
 *     under the same id, but none never.
 */
export type FanOut = (push: Push, except: ReadonlySet<string>) => Promise<FanOutReport>;

export interface PlannerDeps {
    readonly audience: Audience;
    readonly deliver: DeliverChunk;
    readonly expand: ExpandRange;
    /** About so many connections of an audience are posted to at once; the rest is queued. */
    readonly directAudience: number;
}

/** Enough for most audiences, and read in a moment where there are more. */
const FIRST_PAGE_ROWS = 250;
const PAGE_ROWS = 500;
/** One partition of a table answers 3,000 read units a second, which four readers of such pages about use up. */
const MAX_READERS = 4;
const NOTHING: FanOutReport = { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 };

/**
 * Posts to the beginning of the audience, which mostly is all of it, and meanwhile queues the rest in chunks: the
 * deliverers start while the first are being served.
 */
export function createPlanner(deps: PlannerDeps): FanOut {
    return async (push, except) => {
        const plan = { ...deps, push, except };
        const { recipients, rows, last } = await deps.audience.read(push.channel, ALL_SORT_KEYS, FIRST_PAGE_ROWS);
        if (last === undefined) {
            return deliverDirectly(plan, recipients);
        }
        const estimate = estimateRows(rows, last);
        const readers = Math.min(MAX_READERS, Math.ceil(estimate / PAGE_ROWS));
        const [near, ...far] = divideRest(last, Math.max(0, deps.directAudience - rows) / estimate, readers);
        return sumReports([
            deliverDirectly(plan, recipients),
            deliverRange(plan, near),
            ...far.map((keys) => queueRange(plan, keys)),
        ]);
    };
}

interface Plan extends PlannerDeps {
    readonly push: Push;
    readonly except: ReadonlySet<string>;
}

async function deliverDirectly({ deliver, push, except }: Plan, page: readonly Recipient[]): Promise<FanOutReport> {
    const recipients = page.filter(({ connectionId }) => !except.has(connectionId));
    if (recipients.length === 0) {
        return NOTHING;
    }
    return { audience: recipients.length, ...await deliver({ kind: "chunk", push, attempt: 1, recipients }) };
}

/** Posts to each page while the next is being read. What is more than expected, or cannot be read, is queued. */
async function deliverRange(plan: Plan, range: SortKeys): Promise<FanOutReport> {
    const parts: Promise<FanOutReport>[] = [];
    let keys: SortKeys | undefined = range;
    let rows = 0;
    while (keys !== undefined && rows < plan.directAudience) {
        const reading = plan.audience.read(plan.push.channel, keys, PAGE_ROWS);
        const page: AudiencePage | undefined = await reading.catch(() => undefined);
        if (page === undefined) {
            break;
        }
        const part = deliverDirectly(plan, page.recipients);
        // It may fail before anybody waits for it. It still fails where it is awaited, in the sum.
        part.catch(() => undefined);
        parts.push(part);
        rows += page.rows;
        keys = page.last === undefined ? undefined : { ...keys, after: page.last };
    }
    return sumReports(keys === undefined ? parts : [...parts, queueRange(plan, keys)]);
}

async function queueRange({ expand, push, except }: Plan, keys: SortKeys): Promise<FanOutReport> {
    const queued = await expand({ kind: "range", push, attempt: 1, keys, except: [...except] });
    return { ...NOTHING, audience: queued, queued };
}

/**
 * Waits for all, and adds them up.
 *
 * @throws what one of them threw; not before the others have ended, too.
 */
export async function sumReports(parts: readonly Promise<FanOutReport>[]): Promise<FanOutReport> {
    const outcomes = await Promise.allSettled(parts);
    return outcomes.reduce<FanOutReport>((total, outcome) => {
        if (outcome.status === "rejected") {
            throw outcome.reason;
        }
        const { audience, delivered, stale, queued, failed } = outcome.value;
        return {
            audience: total.audience + audience,
            delivered: total.delivered + delivered,
            stale: total.stale + stale,
            queued: total.queued + queued,
            failed: total.failed + failed,
        };
    }, NOTHING);
}
