import { member, parseObject } from "../../../contract/json";
import type { Claims } from "../../../contract/claims";
import type { Subscriber } from "../../tokens/subscriber";

/** The context as the authorizer hands it to the gateway, which passes it on with every event of the connection. */
export interface SubscriberContext extends Readonly<Record<string, string>> {
    readonly userId: string;
    /** A JSON object: API Gateway allows no nested values. */
    readonly claims: string;
    readonly expiresAt: string;
}

/** Thrown where an event carries no context of ours: its route has no authorizer, or another one. */
export class MissingSubscriberError extends Error {
    override readonly name = "MissingSubscriberError";
    readonly code = "missing_subscriber";
}

export function toContext(subscriber: Subscriber): SubscriberContext {
    return {
        userId: subscriber.userId,
        claims: JSON.stringify(subscriber.claims),
        expiresAt: String(subscriber.expiresAt),
    };
}

export function fromContext(context: Readonly<Record<string, unknown>> | undefined): Subscriber {
    const userId = context === undefined ? undefined : member(context, "userId");
    const expiresAt = context === undefined ? NaN : Number(member(context, "expiresAt"));
    const claims = context === undefined ? undefined : parseClaims(member(context, "claims"));
    if (typeof userId !== "string" || userId === "" || !Number.isFinite(expiresAt) || claims === undefined) {
        throw new MissingSubscriberError("The event has no userId, claims and expiresAt of this gateway's authorizer.");
    }
    return { userId, claims, expiresAt };
}

function parseClaims(text: unknown): Claims | undefined {
    return typeof text === "string" ? parseObject(text) : undefined;
}
