import type { HistorySettings } from "../functions/message-log/history";
import { isObject, member } from "./json";
import type { Result } from "./result";
import { accepted, refused } from "./result";
import type { SubscribeRule } from "./rules";
import { parseRule } from "./rules";
import type { ChannelTemplate } from "./templates";
import { parseTemplate } from "./templates";

/** A registered namespace: who may subscribe to what in it, and how its service's events become messages. */
export interface Namespace {
    readonly name: string;
    readonly rules: readonly SubscribeRule[];
    /** Absent where messages are not kept for replay. */
    readonly history?: HistorySettings;
    readonly mappings: readonly EventMapping[];
    /** What in the row could not be understood. Such a rule opens nothing, such a mapping maps nothing. */
    readonly problems: readonly string[];
}

/** How an ordinary domain event becomes a message. */
export interface EventMapping {
    /** The detail-type of the events it takes. */
    readonly event: string;
    readonly channels: readonly ChannelTemplate[];
    /** Dotted path of the message's data in the event's detail. Absent: the whole detail. */
    readonly data?: string;
    /** Dotted path of the idempotency key in the event's detail. Absent: the event's id. */
    readonly idempotencyKey?: string;
    /** Dotted path of the sequence in the event's detail. Absent: none. */
    readonly sequence?: string;
}

/** Reads a row of the namespace table. */
export function parseNamespace(name: string, row: Readonly<Record<string, unknown>>): Namespace {
    const rules = readList(member(row, "subscribe"), (rule) => parseRule(name, rule));
    const mappings = readList(member(row, "mappings"), parseMapping);
    const history = parseHistory(member(row, "history"));
    return {
        name,
        rules: rules.values,
        mappings: mappings.values,
        ...(history.ok && history.value !== undefined ? { history: history.value } : {}),
        problems: [...rules.problems, ...mappings.problems, ...(history.ok ? [] : [history.reason])],
    };
}

function readList<T>(
    list: unknown,
    read: (item: unknown) => Result<T>,
): { values: readonly T[]; problems: readonly string[] } {
    if (list !== undefined && !Array.isArray(list)) {
        return { values: [], problems: ["`subscribe` and `mappings` are lists."] };
    }
    const values: T[] = [];
    const problems: string[] = [];
    for (const item of list ?? []) {
        const result = read(item);
        if (result.ok) {
            values.push(result.value);
        } else {
            problems.push(result.reason);
        }
    }
    return { values, problems };
}

function parseMapping(mapping: unknown): Result<EventMapping> {
    const event = isObject(mapping) ? member(mapping, "event") : undefined;
    if (!isObject(mapping) || typeof event !== "string" || event === "") {
        return refused("A mapping names the `event` that it takes.");
    }
    const templates = member(mapping, "channels");
    if (!Array.isArray(templates) || templates.length === 0) {
        return refused(`The mapping of ${event} has no \`channels\`.`);
    }
    const channels: ChannelTemplate[] = [];
    for (const text of templates) {
        const template = parseTemplate(text);
        if (!template.ok) {
            return template;
        }
        channels.push(template.value);
    }
    const data = member(mapping, "data");
    const idempotencyKey = member(mapping, "idempotencyKey");
    const sequence = member(mapping, "sequence");
    return accepted({
        event,
        channels,
        ...(typeof data === "string" ? { data } : {}),
        ...(typeof idempotencyKey === "string" ? { idempotencyKey } : {}),
        ...(typeof sequence === "string" ? { sequence } : {}),
    });
}

function parseHistory(history: unknown): Result<HistorySettings | undefined> {
    if (history === undefined) {
        return accepted(undefined);
    }
    const ttlSeconds = isObject(history) ? member(history, "ttlSeconds") : undefined;
    const maxMessages = isObject(history) ? member(history, "maxMessages") : undefined;
    if (typeof ttlSeconds !== "number" || typeof maxMessages !== "number" || !(ttlSeconds > 0) || !(maxMessages > 0)) {
        return refused("`history` has a positive `ttlSeconds` and a positive `maxMessages`.");
    }
    return accepted({ ttlSeconds, maxMessages });
}
