import type { JsonObject } from "./json";
import { isObject, member } from "./json";
import type { Result } from "./result";
import { accepted, refused } from "./result";
import type { SubscribeRule } from "./rules";
import { parseRule } from "./rules";
import { NAMESPACE_KEY } from "./tables";
import type { ChannelTemplate } from "./templates";
import { parseTemplates } from "./templates";

/** How long, and how many of, a namespace's messages are kept for replay. */
export interface HistorySettings {
    readonly ttlSeconds: number;
    readonly maxMessages: number;
}

/** What a service says of its namespace, to be written as the namespace's row. */
export interface NamespaceRegistration {
    readonly namespace: string;
    readonly subscribe: readonly {
        readonly channel: string;
        readonly claims?: Readonly<Record<string, string>>;
    }[];
    readonly history?: HistorySettings;
    readonly mappings?: readonly {
        readonly event: string;
        readonly channels: readonly string[];
        readonly data?: string;
        readonly id?: string;
        readonly sequence?: string;
    }[];
}

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
    /** Dotted path of the message's id in the event's detail. Absent: the event has named the message. */
    readonly id?: string;
    /** Dotted path of the sequence in the event's detail. Absent: none. */
    readonly sequence?: string;
}

/** A value in DynamoDB's own notation. */
export type AttributeValue =
    | { readonly S: string }
    | { readonly N: string }
    | { readonly L: readonly AttributeValue[] }
    | { readonly M: Readonly<Record<string, AttributeValue>> };

/** The row of the namespace table, as an item that DynamoDB takes. What is not of a registration is left out. */
export function namespaceItem(registration: NamespaceRegistration): Readonly<Record<string, AttributeValue>> {
    const { namespace, subscribe, history, mappings } = registration;
    return attributeMap({
        [NAMESPACE_KEY]: namespace,
        subscribe: subscribe.map(({ channel, claims }) => ({ channel, claims })),
        history: history && { ttlSeconds: history.ttlSeconds, maxMessages: history.maxMessages },
        mappings: mappings?.map(({ event, channels, data, id, sequence }) => {
            return { event, channels, data, id, sequence };
        }),
    });
}

/** Reads a row of the namespace table. */
export function parseNamespace(name: string, row: JsonObject): Namespace {
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
    const channels = parseTemplates(member(mapping, "channels"), `The \`channels\` of the mapping of ${event}`);
    if (!channels.ok) {
        return channels;
    }
    if (channels.value.length === 0) {
        return refused(`The mapping of ${event} has no \`channels\`.`);
    }
    const data = member(mapping, "data");
    const id = member(mapping, "id");
    const sequence = member(mapping, "sequence");
    return accepted({
        event,
        channels: channels.value,
        ...(typeof data === "string" ? { data } : {}),
        ...(typeof id === "string" ? { id } : {}),
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

function attributeMap(values: object): Readonly<Record<string, AttributeValue>> {
    const attributes: Record<string, AttributeValue> = {};
    for (const [name, value] of Object.entries(values) as [string, unknown][]) {
        if (value !== undefined) {
            attributes[name] = attributeValue(value);
        }
    }
    return attributes;
}

function attributeValue(value: unknown): AttributeValue {
    if (Array.isArray(value)) {
        return { L: value.map(attributeValue) };
    }
    if (isObject(value)) {
        return { M: attributeMap(value) };
    }
    return typeof value === "number" ? { N: String(value) } : { S: String(value) };
}
