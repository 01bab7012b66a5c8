import type { Audience } from "./audience";
import { forEachOfPages, Slots } from "./concurrency";
import type { DeadLetters, Undelivered } from "./dead-letters";
import type { Deliver } from "./delivery";
import type { Appended, MessageLog } from "./history";
import type { Log } from "./log";
import type { Namespace } from "./namespace";
import type { PublishedMessage } from "./published-message";
import { messageFrame } from "./server-frames";
import { createPayload } from "./sigv4";

/** What became of a message, summed over its channels. */
export interface PublishReport {
    /** The message's number; only of a message to one channel, in a namespace with history. */
    readonly offset?: number;
    /** Connections that it was for. */
    readonly audience: number;
    readonly delivered: number;
    /** Connections that turned out to be gone. */
    readonly stale: number;
    /** Connections that are served later, by others. */
    readonly queued: number;
    /** Connections that it could not be posted to; it waits for them in the dead-letter queue. */
    readonly failed: number;
}

export interface PublisherDeps {
    readonly audience: Audience;
    readonly deliver: Deliver;
    readonly deadLetters: DeadLetters;
    readonly log: Log;
    /** Posts under way at a time, over all channels. */
    readonly maxInFlight: number;
    /** Numbers messages. Without one, those of namespaces with history go out without a number. */
    readonly messageLog?: MessageLog;
}

/**
 * Sends the message to whoever is subscribed to its channels.
 *
 * @throws when the audience could not be read to its end, or what failed could not be stored. The caller then tries the
 *     whole message again: it may reach some clients twice, under the same id, but none never.
 */
export type Publish = (message: PublishedMessage, namespace: Namespace) => Promise<PublishReport>;

export function createPublisher(deps: PublisherDeps): Publish {
    return async (message, namespace) => {
        const slots = new Slots(deps.maxInFlight);
        // Not `Promise.all`: it would answer at the first failure, and leave the other channels' posts running.
        const outcomes = await Promise.allSettled(
            message.channels.map((channel) => publishTo(deps, slots, message, namespace, channel)),
        );
        const reports = outcomes.map((outcome) => {
            if (outcome.status === "rejected") {
                throw outcome.reason;
            }
            return outcome.value;
        });
        return reports.length === 1 && reports[0] !== undefined ? reports[0] : sum(reports);
    };
}

async function publishTo(
    deps: PublisherDeps,
    slots: Slots,
    message: PublishedMessage,
    namespace: Namespace,
    channel: string,
): Promise<PublishReport> {
    const appended = await number(deps.messageLog, message, namespace, channel);
    const frame = frameOf(message, channel, appended);
    const payload = createPayload(frame);
    const counts = { audience: 0, delivered: 0, stale: 0 };
    const undelivered: Undelivered[] = [];
    await forEachOfPages(without(deps.audience.of(channel), message.except), slots, async (recipient) => {
        counts.audience++;
        const outcome = await deps.deliver(recipient, channel, payload);
        if (outcome.kind === "failed") {
            undelivered.push({ ...recipient, reason: outcome.reason });
        } else {
            counts[outcome.kind]++;
        }
    });
    if (undelivered.length > 0) {
        deps.log.error("A message did not reach all of its audience", {
            id: message.id,
            channel,
            connections: undelivered.slice(0, 10),
        });
        await deps.deadLetters.undelivered({ channel, frame, connections: undelivered });
    }
    return {
        ...(appended === undefined ? {} : { offset: appended.position.offset }),
        ...counts,
        queued: 0,
        failed: undelivered.length,
    };
}

async function number(
    messageLog: MessageLog | undefined,
    { id: idempotencyKey, event, time, data }: PublishedMessage,
    { name, history }: Namespace,
    channel: string,
): Promise<Appended | undefined> {
    if (messageLog === undefined || history === undefined) {
        return undefined;
    }
    return messageLog.append({ channel, idempotencyKey, namespace: name, event, time, data }, history);
}

/** Of a numbered message the log's own words, so that all who get that number get the same, now and in a replay. */
function frameOf(message: PublishedMessage, channel: string, appended: Appended | undefined): string {
    if (appended === undefined) {
        return messageFrame({ ...message, channel, source: message.namespace }, message.data);
    }
    const { idempotencyKey: id, namespace: source, event, time, data } = appended.entry;
    return messageFrame({ channel, id, source, event, time }, data, appended.position);
}

async function* without<T extends { readonly connectionId: string }>(
    pages: AsyncIterable<readonly T[]>,
    except: ReadonlySet<string>,
): AsyncGenerator<readonly T[]> {
    for await (const page of pages) {
        yield except.size === 0 ? page : page.filter(({ connectionId }) => !except.has(connectionId));
    }
}

function sum(reports: readonly PublishReport[]): PublishReport {
    const total = (count: (report: PublishReport) => number): number =>
        reports.reduce((value, report) => value + count(report), 0);
    return {
        audience: total(({ audience }) => audience),
        delivered: total(({ delivered }) => delivered),
        stale: total(({ stale }) => stale),
        queued: total(({ queued }) => queued),
        failed: total(({ failed }) => failed),
    };
}
