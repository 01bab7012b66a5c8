import type { Audience, AudiencePage, Recipient } from "../registry/audience";
import type { DeliverChunk } from "../deliveries/chunk-delivery";
import type { DeliveryQueue } from "../deliveries/delivery-queue";
import type { AskForPosts } from "./direct-allowance";
import type { Push } from "../deliveries/push";
import { skipOf } from "../deliveries/push";
import type { ExpandRange } from "./range-expansion";
import type { SortKeys } from "../registry/sort-keys";
import { ALL_SORT_KEYS, divideRest, estimateRows } from "../registry/sort-keys";
import { separate, toChunks } from "../deliveries/task";

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
 * Sends a message to the whole audience of its channel, or stores the rest of the work.
 *
 * @param except connections that do not get it, but its place, where it has one. They are not in the report.
 * @throws when neither is the case. The caller then tries the whole message again: it may reach some clients twice,
 *     under the same id, but none never.
 */
export type FanOut = (push: Push, except: ReadonlySet<string>) => Promise<FanOutReport>;

export interface PlannerDeps {
    readonly audience: Audience;
    readonly deliver: DeliverChunk;
    readonly expand: ExpandRange;
    readonly queue: DeliveryQueue;
    /** Connections in one chunk. */
    readonly chunkSize: number;
    /** Says how many of an audience are posted to at once; the rest is queued. */
    readonly ask: AskForPosts;
    /** The most that it ever says. */
    readonly directAudience: number;
}

/** So few are posted to without asking: the usual message, to the tabs of one user, waits for nothing. */
export const SMALL_AUDIENCE = 25;

/** Enough for most audiences, and read in a moment where there are more. */
const FIRST_PAGE_ROWS = 250;
const PAGE_ROWS = 500;
/** One partition of a table answers 3,000 read units a second, which four readers of such pages about use up. */
const MAX_READERS = 4;
const NOTHING: FanOutReport = { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 };

/**
 * The size of an audience is known from its first page to about a tenth. If too much was asked for, it fills up again.
 */
const MARGIN = 1.15;

/**
 * Posts to the beginning of the audience, which mostly is all of it, and meanwhile queues the rest in chunks: the
 * deliverers start while the first are being served.
 */
export function createPlanner(deps: PlannerDeps): FanOut {
    return async (push, except) => {
        const plan = { ...deps, push, except };
        const {
            recipients: first,
            rows,
            last,
        } = await deps.audience.read(push.channel, ALL_SORT_KEYS, FIRST_PAGE_ROWS);
        const { recipients: page, excepted } = separate(first, except);
        if (last === undefined) {
            return sumReports([
                page.length <= SMALL_AUDIENCE ? deliverDirectly(plan, page) : deliverBeginning(plan, page, page.length),
                tellPlace(plan, excepted),
            ]);
        }
        const estimate = estimateRows(rows, last);
        const readers = Math.min(MAX_READERS, Math.ceil(estimate / PAGE_ROWS));
        const [near, ...far] = divideRest(last, Math.max(0, deps.directAudience - rows) / estimate, readers);
        return sumReports([
            deliverBeginning(plan, page, Math.ceil(estimate * MARGIN), near),
            tellPlace(plan, excepted),
            ...far.map((keys) => queueRange(plan, keys)),
        ]);
    };
}

interface Plan extends PlannerDeps {
    readonly push: Push;
    readonly except: ReadonlySet<string>;
}

/**
 * Posts to as many as it is granted, of the page that has been read and of what comes near it, and queues the others.
 */
async function deliverBeginning(
    plan: Plan,
    page: readonly Recipient[],
    wanted: number,
    near?: SortKeys,
): Promise<FanOutReport> {
    const granted = await plan.ask(wanted);
    return sumReports([
        deliverDirectly(plan, page.slice(0, granted)),
        queuePage(plan, page.slice(granted)),
        ...(near === undefined ? [] : [deliverRange(plan, near, granted - page.length)]),
    ]);
}

async function deliverDirectly({ deliver, push }: Plan, recipients: readonly Recipient[]): Promise<FanOutReport> {
    if (recipients.length === 0) {
        return NOTHING;
    }
    return { audience: recipients.length, ...(await deliver({ kind: "chunk", push, attempt: 1, recipients })) };
}

async function queuePage({ queue, chunkSize, push }: Plan, recipients: readonly Recipient[]): Promise<FanOutReport> {
    await queue.send(toChunks({ push, attempt: 1 }, recipients, chunkSize), 0);
    return { ...NOTHING, audience: recipients.length, queued: recipients.length };
}

/** Tells excepted connections the message's place, mostly a single one: nobody is asked for so few posts. */
async function tellPlace(plan: Plan, excepted: readonly Recipient[]): Promise<FanOutReport> {
    const push = skipOf(plan.push);
    if (push !== undefined) {
        await (excepted.length <= SMALL_AUDIENCE ? deliverDirectly : queuePage)({ ...plan, push }, excepted);
    }
    return NOTHING;
}

/**
 * Posts to each page while the next is being read. Connections beyond the grant, and pages that cannot be read, are
 * queued.
 */
async function deliverRange(plan: Plan, range: SortKeys, granted: number): Promise<FanOutReport> {
    const parts: Promise<FanOutReport>[] = [];
    let keys: SortKeys | undefined = range;
    let rows = 0;
    while (keys !== undefined && rows < granted) {
        const reading = plan.audience.read(plan.push.channel, keys, Math.min(PAGE_ROWS, granted - rows));
        const page: AudiencePage | undefined = await reading.catch(() => undefined);
        if (page === undefined) {
            break;
        }
        const { recipients, excepted } = separate(page.recipients, plan.except);
        const part = sumReports([deliverDirectly(plan, recipients), tellPlace(plan, excepted)]);
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
 * @throws the error of one of them, once the others have ended too.
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
