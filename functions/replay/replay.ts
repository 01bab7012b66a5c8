import type { Recipient } from "../registry/audience";
import type { Backoff, Random, Sleep } from "../runtime/backoff";
import { fullJitterMs } from "../runtime/backoff";
import { jitter, retry } from "../runtime/retry";
import type { Slots } from "../runtime/concurrency";
import type { PutLetter } from "../deliveries/dead-letters";
import type { AttemptDeps, AttemptOutcome } from "../posting/attempt";
import { attemptPost } from "../posting/attempt";
import type { RetryLimits } from "../deliveries/chunk-delivery";
import type { DeliveryQueue } from "../deliveries/delivery-queue";
import type { Regulator } from "../posting/regulator";
import type { History } from "../message-log/history";
import { NO_RECOVERY } from "../message-log/history";
import type { FramePoster, PreparedFrame } from "../transports/transport";
import { recoveryFrames, restOf } from "./recovery-frames";
import type { MissedChannel, ReplayTask } from "../deliveries/replay-task";

export interface ReplayDeps extends AttemptDeps {
    readonly transport: FramePoster;
    readonly history: History;
    readonly queue: DeliveryQueue;
    readonly putLetter: PutLetter;
    /** Posts under way at a time, over everything that runs here. */
    readonly slots: Slots;
    /** The pace of posts, over everything that runs here. */
    readonly regulator: Regulator;
    readonly limits: RetryLimits;
    readonly sleep: Sleep;
    readonly random: Random;
}

/**
 * Tells a connection where each of its channels stands and what it missed there, in order. What cannot be posted now
 * goes back to the queue, from the first frame that is missing; what never can goes to the dead letters. Both are
 * stored when this resolves.
 *
 * @returns frames that were posted.
 * @throws when something was not stored. Then the whole task must be done again: frames may arrive twice, none never.
 */
export type Replay = (task: ReplayTask) => Promise<number>;

/**
 * Frames go one after the other, and a history may have thousands of them. Short, since a run ends with the last of its
 * deliveries: large audiences must not wait for one connection.
 */
const TIME_BUDGET_MS = 2_000;
/**
 * A socket opens within a fraction of a second of its `$connect`. If it takes longer, the replay waits in the queue.
 */
const TRIES = 12;
const BACKOFF: Backoff = { baseMs: 20, capMs: 400 };
const QUEUE_BACKOFF: Backoff = { baseMs: 1_000, capMs: 60_000 };

export function createReplay(deps: ReplayDeps): Replay {
    return async (task) => {
        const run = { ...deps, connection: task.connection, until: deps.clock() + TIME_BUDGET_MS };
        let posted = 0;
        for (const [index, missed] of task.channels.entries()) {
            if (index > 0 && deps.clock() >= run.until) {
                await goOn(deps, { ...task, channels: task.channels.slice(index) });
                return posted;
            }
            const end = await replayChannel(run, missed);
            posted += end.posted;
            switch (end.kind) {
                case "delivered":
                    break;
                case "stale":
                    return posted;
                case "unfinished":
                    await goOn(deps, { ...task, channels: [end.rest, ...task.channels.slice(index + 1)] });
                    return posted;
                case "again": {
                    const rest = { ...task, channels: [end.rest, ...task.channels.slice(index + 1)] };
                    // More than the answer alone, which comes with each run.
                    const gotOn = index > 0 || end.posted > 1;
                    await tryAgain(deps, gotOn ? renewed(rest, deps.clock()) : rest, end.reason);
                    return posted;
                }
                case "refused":
                    await giveUp(deps, { ...task, channels: [end.rest] }, end.reason);
                    break;
            }
        }
        return posted;
    };
}

interface Run extends ReplayDeps {
    readonly connection: Recipient;
    /** Epoch milliseconds. */
    readonly until: number;
}

type ChannelEnd = { readonly posted: number } & (
    | { readonly kind: "delivered" | "stale" }
    | { readonly kind: "unfinished"; readonly rest: MissedChannel }
    | { readonly kind: "again" | "refused"; readonly rest: MissedChannel; readonly reason: string }
);

async function replayChannel(run: Run, missed: MissedChannel): Promise<ChannelEnd> {
    const { channel, since } = missed;
    let posted = 0;
    try {
        const { connectionId } = run.connection;
        const recovery = since === undefined ? NO_RECOVERY : await run.history.since(channel, since, connectionId);
        for await (const frame of recoveryFrames(undefined, channel, recovery)) {
            // One message at least, so that each run gets on.
            if (posted > 1 && run.clock() >= run.until) {
                return { kind: "unfinished", posted, rest: restOf(missed, posted) };
            }
            const outcome = await post(run, channel, frame);
            if (outcome.kind === "stale") {
                return { kind: "stale", posted };
            }
            if (outcome.kind !== "delivered") {
                return { kind: outcome.kind, posted, rest: restOf(missed, posted), reason: outcome.reason };
            }
            posted++;
        }
    } catch (error) {
        // The log could not be read for now.
        run.log.warn("A replay was interrupted", { ...run.connection, channel, error });
        return { kind: "again", posted, rest: restOf(missed, posted), reason: String(error) };
    }
    return { kind: "delivered", posted };
}

function post(run: Run, channel: string, frame: string): Promise<AttemptOutcome> {
    const prepared = run.transport.prepare(frame);
    const mayChange = ({ kind }: AttemptOutcome): boolean => kind === "again" && run.clock() < run.until;
    return retry({ attempts: TRIES, pause: jitter(BACKOFF, run), mayChange }, () => postOnce(run, channel, prepared));
}

async function postOnce(run: Run, channel: string, frame: PreparedFrame): Promise<AttemptOutcome> {
    const { slots, regulator, sleep, clock, connection } = run;
    await slots.take();
    try {
        const wait = regulator.allow();
        if (wait > 0) {
            await sleep(wait);
        }
        const beganAt = clock();
        const outcome = await attemptPost(run, connection, channel, frame);
        regulator.answered(beganAt, outcome.kind === "again" && outcome.cause !== "fresh");
        return outcome;
    } finally {
        slots.release();
    }
}

/** In another run, at once: the client takes a pause for a loss, and asks again. */
async function goOn({ queue, clock }: ReplayDeps, rest: ReplayTask): Promise<void> {
    await queue.send([renewed(rest, clock())], 0);
}

/**
 * Whatever got on is as good as asked for now: a long history takes many runs, and ends with the connection at last.
 */
function renewed(rest: ReplayTask, now: number): ReplayTask {
    return { ...rest, attempt: 1, askedAt: now };
}

async function tryAgain(deps: ReplayDeps, rest: ReplayTask, reason: string): Promise<void> {
    const { limits, queue, clock, random } = deps;
    const { attempt, askedAt } = rest;
    if (attempt >= limits.maxAttempts || clock() - askedAt >= limits.maxAgeSeconds * 1_000) {
        await giveUp(deps, rest, reason);
        return;
    }
    const delaySeconds = Math.ceil(fullJitterMs(attempt, QUEUE_BACKOFF, random) / 1_000);
    await queue.send([{ ...rest, attempt: attempt + 1 }], delaySeconds);
}

/** The letter is the task itself, with the reason: put back on the queue, it is done again. */
async function giveUp({ putLetter, log }: ReplayDeps, task: ReplayTask, message: string): Promise<void> {
    const reason = "unreplayed";
    log.error("A connection was not told what it missed", { ...task, reason: message });
    await putLetter(reason, JSON.stringify({ reason, message, ...task }));
}
