import type { FanOut, FanOutReport } from "../fan-out/planner";
import { sumReports } from "../fan-out/planner";
import type { Appended, MessageLog } from "../message-log/history";
import type { Namespace } from "../../contract/namespace";
import type { PublishedMessage } from "./published-message";
import { messageFrame, skipFrame } from "../wire/server-frames";

/** What became of a message, summed over its channels. */
export interface PublishReport extends FanOutReport {
    /** The message's number; only of a message to one channel, in a namespace with history. */
    readonly offset?: number;
}

export interface PublisherDeps {
    readonly fanOut: FanOut;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    /** Numbers messages. Without one, those of namespaces with history go out without a number. */
    readonly messageLog?: MessageLog;
}

/**
 * Sends the message to whoever is subscribed to its channels.
 *
 * @throws when a part of it is neither done nor stored to be done. The caller then tries the whole message again: it
 *     may reach some clients twice, under the same id, but none never.
 */
export type Publish = (message: PublishedMessage, namespace: Namespace) => Promise<PublishReport>;

export function createPublisher(deps: PublisherDeps): Publish {
    return async (message, namespace) => {
        const reports = message.channels.map((channel) => publishTo(deps, message, namespace, channel));
        const [only] = reports;
        return reports.length === 1 && only !== undefined ? only : sumReports(reports);
    };
}

async function publishTo(
    { fanOut, clock, messageLog }: PublisherDeps,
    message: PublishedMessage,
    namespace: Namespace,
    channel: string,
): Promise<PublishReport> {
    const appended = await number(messageLog, message, namespace, channel);
    const { id, namespace: source } = message;
    // Of a numbered message the log's, as its frame is: a replay leaves out the same connections.
    const except = appended === undefined ? message.except : new Set(appended.entry.except);
    const frame = frameOf(message, channel, appended);
    const skip = appended === undefined || except.size === 0 ? {} : { skip: skipFrame(channel, appended.position) };
    const push = { namespace: source, id, channel, frame, publishedAt: clock(), ...skip };
    const report = await fanOut(push, except);
    return { ...(appended === undefined ? {} : { offset: appended.position.offset }), ...report };
}

async function number(
    messageLog: MessageLog | undefined,
    { id: idempotencyKey, event, time, data, sequence, except }: PublishedMessage,
    { name, history }: Namespace,
    channel: string,
): Promise<Appended | undefined> {
    if (messageLog === undefined || history === undefined) {
        return undefined;
    }
    const entry = { channel, idempotencyKey, namespace: name, event, time, data };
    return messageLog.append(
        {
            ...entry,
            ...(sequence === undefined ? {} : { sequence }),
            ...(except.size === 0 ? {} : { except: [...except] }),
        },
        history,
    );
}

/** Of a numbered message the log's own words, so that all who get that number get the same, now and in a replay. */
function frameOf(message: PublishedMessage, channel: string, appended: Appended | undefined): string {
    if (appended === undefined) {
        return messageFrame({ ...message, channel, source: message.namespace }, message.data);
    }
    const { idempotencyKey: id, namespace: source, event, time, sequence, data } = appended.entry;
    return messageFrame({ channel, id, source, event, time, sequence }, data, appended.position);
}
