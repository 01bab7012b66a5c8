import { accessTo } from "../namespaces/access";
import { resolveChannel } from "../../contract/channels";
import type { ClientFrame } from "../wire/client-frames";
import type { History } from "../message-log/history";
import { NO_RECOVERY } from "../message-log/history";
import type { Namespaces } from "../namespaces/namespaces";
import type { Refusal } from "../../contract/protocol";
import type { Subscriptions } from "../registry/registry";
import type { Connection } from "../registry/registry-rows";
import { connectionOf } from "../registry/registry-rows";
import { recoveryFrames, restOf } from "../replay/recovery-frames";
import { unsubscribedFrame, welcomeFrame } from "../wire/server-frames";
import type { Subscriber } from "../tokens/subscriber";
import type { AnswerFrame, Replayed } from "./handler";

export interface AnswerDeps {
    readonly registry: Subscriptions;
    readonly namespaces: Namespaces;
    /** Reads missed messages back. Without one, nobody's are. */
    readonly history?: History;
    /** Channels per connection. */
    readonly maxSubscriptions: number;
    /** How often clients are told to ping. */
    readonly pingSeconds: number;
    readonly clock: () => number;
}

interface Asker {
    readonly connection: Connection;
    readonly subscriber: Subscriber;
}

type Frame<Action extends ClientFrame["action"]> = Extract<ClientFrame, { action: Action }>;

/** The server's part in each action of a client. */
export function createAnswer(deps: AnswerDeps): AnswerFrame {
    return async (frame, caller) => {
        const asker = { connection: connectionOf(caller), subscriber: caller.subscriber };
        if (asker.connection.expiresAt * 1_000 <= deps.clock()) {
            return { code: "forbidden", message: "The token has expired. Connect again with a new one." };
        }
        switch (frame.action) {
            case "hello":
                return hello(deps, frame, asker);
            case "subscribe":
                return subscribe(deps, frame, asker);
            case "unsubscribe":
                return unsubscribe(deps, frame, asker);
        }
    };
}

function hello({ pingSeconds, clock }: AnswerDeps, { id }: Frame<"hello">, { connection }: Asker): string {
    const { connectionId, userId, expiresAt } = connection;
    const expiresIn = expiresAt - Math.ceil(clock() / 1_000);
    return welcomeFrame({ id, connectionId, userId, expiresAt, expiresIn, pingSeconds });
}

async function subscribe(deps: AnswerDeps, frame: Frame<"subscribe">, asker: Asker): Promise<Replayed | Refusal> {
    const access = await accessTo(frame.channel, asker.subscriber, deps.namespaces);
    if (!access.ok) {
        return access.reason;
    }
    const { channel, namespace } = access.value;
    const outcome = await deps.registry.subscribe(asker.connection, channel.name, deps.maxSubscriptions);
    switch (outcome) {
        case "limit":
            return {
                code: "too_many_subscriptions",
                message: `A connection has ${deps.maxSubscriptions} channels at most.`,
            };
        case "gone":
            return { code: "internal", message: "This connection is not registered any more. Connect again." };
        case "subscribed": {
            // After the subscription is stored: a message in between is then both missed and pushed, never neither.
            const recovery =
                deps.history === undefined || namespace.history === undefined
                    ? NO_RECOVERY
                    : await deps.history.since(channel.name, frame.since, asker.connection.connectionId);
            const missed = { channel: channel.name, since: frame.since };
            return {
                frames: recoveryFrames(frame.id, channel.name, recovery),
                restAfter: (posted) => restOf(missed, posted),
            };
        }
    }
}

async function unsubscribe(
    { registry }: AnswerDeps,
    frame: Frame<"unsubscribe">,
    asker: Asker,
): Promise<string | Refusal> {
    const channel = resolveChannel(frame.channel, asker.subscriber.userId);
    if (!channel.ok) {
        return channel.reason;
    }
    await registry.unsubscribe(asker.connection.connectionId, channel.value.name);
    return unsubscribedFrame(frame.id, channel.value.name);
}
