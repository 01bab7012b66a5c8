import { describeType, isObject, member } from "../../contract/json";
import type { JsonObject } from "../../contract/json";
import type { Rejection } from "../../contract/dead-letters";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

/** What the notifier was asked to publish, before anybody has looked whether it may. */
export interface Invocation {
    readonly namespace: string;
    readonly event: string;
    /** The members of a message, a domain event to be mapped, or a table's change. */
    readonly detail: JsonObject;
    /** The message's id, where the detail names none. */
    readonly id: string;
    /** ISO 8601. */
    readonly time: string;
}

export interface InvocationDefaults {
    readonly clock: () => number;
    readonly randomId: () => string;
}

/** Whether the notifier was invoked by a rule of the push bus. Everything else is a caller that waits for a report. */
export function isBusEvent(input: unknown): input is JsonObject {
    return isObject(input) && Object.hasOwn(input, "detail-type");
}

/**
 * Reads an EventBridge event, or a direct invocation `{namespace, event, channel | channels, data, except?, id?,
 * …options}`.
 */
export function parseInvocation(input: unknown, defaults: InvocationDefaults): Result<Invocation, Rejection> {
    if (!isObject(input)) {
        return malformed(`An invocation is a JSON object; this one is ${describeType(input)}.`);
    }
    return isBusEvent(input) ? parseBusEvent(input, defaults) : parseDirect(input, defaults);
}

function parseBusEvent(input: JsonObject, { clock, randomId }: InvocationDefaults): Result<Invocation, Rejection> {
    const { source, detail, id, time } = input;
    const event = input["detail-type"];
    if (!isText(source) || !isText(event)) {
        return malformed("An event has a source, which is its namespace, and a detail-type, which is its name.");
    }
    if (!isObject(detail)) {
        return malformed(`An event's detail is a JSON object; this one is ${describeType(detail)}.`);
    }
    return accepted({
        namespace: source,
        event,
        detail,
        id: isText(id) ? id : randomId(),
        time: isText(time) ? time : isoTime(clock),
    });
}

function parseDirect(input: JsonObject, { clock, randomId }: InvocationDefaults): Result<Invocation, Rejection> {
    const namespace = member(input, "namespace");
    const event = member(input, "event");
    if (!isText(namespace) || !isText(event)) {
        return malformed("A direct invocation names its `namespace` and its `event`.");
    }
    return accepted({ namespace, event, detail: input, id: randomId(), time: isoTime(clock) });
}

function isText(value: unknown): value is string {
    return typeof value === "string" && value !== "";
}

function isoTime(clock: () => number): string {
    return new Date(clock()).toISOString();
}

function malformed(message: string): Result<never, Rejection> {
    return refused({ code: "malformed", message });
}
