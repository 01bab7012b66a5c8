import { plainItem } from "./attribute-values";
import type { Invocation } from "./invocation";
import type { JsonObject } from "../../contract/json";
import { describeType, member, quoted, scalarText, valueAt } from "../../contract/json";
import type { EventMapping, Namespace } from "../../contract/namespace";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { TableChangeEvent } from "../../contract/table-change";
import { isTableChange, readTableChange } from "../../contract/table-change";
import type { ChannelTemplate } from "../../contract/templates";
import { expandTemplate } from "../../contract/templates";

/** A message's members as one of the three forms of event gives them, still unchecked. */
export interface Draft {
    readonly channels: readonly unknown[];
    readonly data: unknown;
    readonly except?: unknown;
    readonly idempotencyKey?: unknown;
    readonly sequence?: unknown;
}

/**
 * Finds out which form an event has, and reads it:
 * - plain: `{channel | channels, data, except?, idempotencyKey?, sequence?}`;
 * - a table's change, as the pipe of a table change source forwards it: `{tableChange: …}`;
 * - mapped: anything else, if the namespace has a mapping for events of that name.
 */
export function readDraft(invocation: Invocation, namespace: Namespace): Result<Draft> {
    const { detail, event } = invocation;
    if (Object.hasOwn(detail, "channel") || Object.hasOwn(detail, "channels")) {
        return readPlain(detail);
    }
    if (isTableChange(detail)) {
        const change = readTableChange(detail);
        return change.ok ? draftChange(change.value) : change;
    }
    const mapping = namespace.mappings.find((candidate) => candidate.event === event);
    if (mapping === undefined) {
        return refused(`The event names no \`channel\`, and "${namespace.name}" has no mapping for ${quoted(event)}.`);
    }
    return readMapped(detail, mapping);
}

function readPlain(detail: JsonObject): Result<Draft> {
    const channel = member(detail, "channel");
    const channels = member(detail, "channels");
    if (channel !== undefined && channels !== undefined) {
        return refused("An event names either `channel` or `channels`.");
    }
    if (channels !== undefined && !Array.isArray(channels)) {
        return refused(`\`channels\` is a list; this one is ${describeType(channels)}.`);
    }
    return accepted({
        channels: channels ?? [channel],
        data: member(detail, "data"),
        except: member(detail, "except"),
        idempotencyKey: member(detail, "idempotencyKey"),
        sequence: member(detail, "sequence"),
    });
}

function readMapped(detail: JsonObject, mapping: EventMapping): Result<Draft> {
    const channels = expandAll(mapping.channels, detail);
    if (!channels.ok) {
        return channels;
    }
    const data = mapping.data === undefined ? detail : valueAt(detail, mapping.data);
    const idempotencyKey = readScalar(detail, "key", mapping.idempotencyKey);
    if (!idempotencyKey.ok) {
        return idempotencyKey;
    }
    const sequence = readScalar(detail, "sequence", mapping.sequence);
    return sequence.ok
        ? accepted({ channels: channels.value, data, idempotencyKey: idempotencyKey.value, sequence: sequence.value })
        : sequence;
}

function readScalar(detail: JsonObject, what: string, path: string | undefined): Result<string | undefined> {
    if (path === undefined) {
        return accepted(undefined);
    }
    const text = scalarText(valueAt(detail, path));
    return text === undefined
        ? refused(`The mapping takes its ${what} from ${quoted(path)}, where the event has no scalar.`)
        : accepted(text);
}

/**
 * The templates are filled here rather than in the pipe, which knows no way to refuse a value: an attribute with a
 * slash in it would have addressed another channel.
 */
function draftChange(change: TableChangeEvent): Result<Draft> {
    const old = plainImage(change.old);
    const current = plainImage(change.new);
    if (!old.ok) {
        return old;
    }
    if (!current.ok) {
        return current;
    }
    const channels = expandAll(change.channels, current.value ?? old.value);
    if (!channels.ok) {
        return channels;
    }
    const { attributes, eventId, sequence } = change;
    return accepted({
        channels: channels.value,
        data: { old: keepAttributes(old.value, attributes), new: keepAttributes(current.value, attributes) },
        idempotencyKey: eventId,
        sequence,
    });
}

type Item = JsonObject | null;

function plainImage(image: JsonObject | undefined): Result<Item> {
    return image === undefined ? accepted(null) : plainItem(image);
}

function expandAll(templates: readonly ChannelTemplate[], source: unknown): Result<readonly string[]> {
    const channels: string[] = [];
    for (const template of templates) {
        const channel = expandTemplate(template, source);
        if (!channel.ok) {
            return channel;
        }
        channels.push(channel.value);
    }
    return accepted(channels);
}

function keepAttributes(item: Item, names: readonly string[] | undefined): Item {
    if (item === null || names === undefined) {
        return item;
    }
    return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
