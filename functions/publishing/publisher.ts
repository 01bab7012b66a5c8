import type { FanOut, FanOutReport } from "../fan-out/planner";
import { sumReports } from "../fan-out/planner";
import type { Appended, MessageLog } from "../message-log/history";
import type { Namespace } from "../../contract/namespace";
import type { PublishedMessage } from "./published-message";
import { messageFrame, positionedFrame, skipFrame } from "../wire/server-frames";

/** What became of a message, summed over its channels. */
export interface PublishReport extends FanOutReport {
    /** The message's number; only of a message to one channel, in a namespace with history. */
    readonly offset?: number;
}

export interface PublisherDeps {
    readonly fanOut: FanOut;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    /**
     * Numbers the messages of namespaces with history, and is ended by those of others. Without one, no message has a
     * number.
     */
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
    const body = messageFrame(message, channel);
    const appended = await number(messageLog, message, namespace, channel, body);
    const { id, namespace: source } = message;
    const publishedAt = clock();
    if (appended === undefined) {
        return fanOut({ namespace: source, id, channel, frame: body, publishedAt }, message.except);
    }
    const { entry, position } = appended;
    // The log's own words and exceptions, so that all who get that number get the same, now and in a replay.
    const frame = positionedFrame(entry.body, position);
    const except = new Set(entry.except);
    const skip = except.size === 0 ? {} : { skip: skipFrame(channel, position) };
    const report = await fanOut({ namespace: source, id, channel, frame, publishedAt, ...skip }, except);
    return { offset: position.offset, ...report };
}

/** The message's number. Where the namespace keeps no history, the message has none, and ends what log there was. */
async function number(
    messageLog: MessageLog | undefined,
    { id, except }: PublishedMessage,
    { history }: Namespace,
    channel: string,
    body: string,
): Promise<Appended | undefined> {
    if (history === undefined) {
        await messageLog?.end(channel);
        return undefined;
    }
    return messageLog?.append(channel, { id, body, ...(except.size === 0 ? {} : { except: [...except] }) }, history);
}
