import type { Access } from "../namespaces/access";
import { accessTo } from "../namespaces/access";
import type { DeliveryQueue } from "../deliveries/delivery-queue";
import type { Handshake } from "../transports/transport";
import type { Log } from "../runtime/log";
import type { Namespaces } from "../namespaces/namespaces";
import type { Refusal } from "../../contract/protocol";
import type { NewConnections } from "../registry/registry";
import type { Connection } from "../registry/registry-rows";
import { connectionOf } from "../registry/registry-rows";
import type { MissedChannel } from "../deliveries/replay-task";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { Subscriber } from "../tokens/subscriber";
import type { StartingChannel } from "./starting-channels";
import { startingChannels } from "./starting-channels";

export interface ConnectDeps {
    readonly registry: NewConnections;
    readonly namespaces: Namespaces;
    /** Takes the replays that a connection asks for: nothing can be posted to it yet. */
    readonly deliveries: DeliveryQueue;
    /** Channels per connection. */
    readonly maxSubscriptions: number;
    readonly clock: () => number;
    readonly log: Log;
}

/**
 * Stores the connection, subscribed to the channels of `?channels=a,b~<epoch>~<offset>`, and has replayed to it what it
 * missed of those with a position; or answers why the handshake is refused.
 */
export function createConnectHandler(deps: ConnectDeps): (handshake: Handshake) => Promise<Refusal | undefined> {
    return async (handshake) => {
        const { connectionId, subscriber } = handshake;
        const channels = await openChannels(deps, startingChannels(handshake.channels), subscriber);
        if (!channels.ok) {
            const { code, message } = channels.reason;
            // A browser shows a page nothing of the refusal, so this is where a developer finds the reason.
            deps.log.info("A connection was refused", {
                connectionId,
                userId: subscriber.userId,
                code,
                reason: message,
            });
            return channels.reason;
        }
        const connection = connectionOf(handshake);
        await deps.registry.add(
            connection,
            channels.value.map(({ access }) => access.channel.name),
        );
        // After the subscriptions are stored: a message in between is then both replayed and pushed, never neither.
        await requestReplay(deps, connection, channels.value);
        return undefined;
    };
}

/** A channel that the subscriber may have, and where it has got to there. */
interface OpenChannel extends Pick<StartingChannel, "since"> {
    readonly access: Access;
}

async function openChannels(
    deps: ConnectDeps,
    requested: Result<readonly StartingChannel[], Refusal>,
    subscriber: Subscriber,
): Promise<Result<readonly OpenChannel[], Refusal>> {
    if (!requested.ok) {
        return requested;
    }
    const count = requested.value.length;
    if (count > deps.maxSubscriptions) {
        return refused({
            code: "too_many_subscriptions",
            message: `A connection has ${deps.maxSubscriptions} channels at most; ${count} are asked for.`,
        });
    }
    const accesses = await Promise.all(
        requested.value.map(async ({ channel, since }) => ({
            access: await accessTo(channel, subscriber, deps.namespaces),
            since,
        })),
    );
    const open: OpenChannel[] = [];
    for (const { access, since } of accesses) {
        if (!access.ok) {
            return access;
        }
        open.push({ access: access.value, since });
    }
    return accepted(open);
}

async function requestReplay(
    { deliveries, clock }: ConnectDeps,
    { connectionId, connectedAt }: Connection,
    channels: readonly OpenChannel[],
): Promise<void> {
    const missed = channels.filter(({ since }) => since !== undefined).map(toMissed);
    if (missed.length > 0) {
        const connection = { connectionId, connectedAt };
        await deliveries.send([{ kind: "replay", connection, channels: missed, attempt: 1, askedAt: clock() }], 0);
    }
}

/** Without the position where there is no history: nothing can be had then, and the client is told so. */
function toMissed({ access: { channel, namespace }, since }: OpenChannel): MissedChannel {
    return namespace.history === undefined || since === undefined
        ? { channel: channel.name }
        : { channel: channel.name, since };
}
