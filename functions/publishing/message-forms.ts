import { plainItem } from "./attribute-values";
import type { Invocation } from "./invocation";
import type { JsonObject } from "../../contract/json";
import { describeType, isObject, member, quoted, scalarText, valueAt } from "../../contract/json";
import type { EventMapping, Namespace } from "../../contract/namespace";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { ChannelTemplate } from "../../contract/templates";
import { expandTemplate, parseTemplate } from "../../contract/templates";

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
    if (Object.hasOwn(detail, "tableChange")) {
        return readTableChange(member(detail, "tableChange"));
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
function readTableChange(change: unknown): Result<Draft> {
    const record = isObject(change) ? member(change, "record") : undefined;
    if (!isObject(change) || !isObject(record)) {
        return refused("A table's change has a `record`, a DynamoDB stream record's `dynamodb`.");
    }
    const images = readImages(record);
    if (!images.ok) {
        return images;
    }
    const templates = readTemplates(member(change, "channels"));
    if (!templates.ok) {
        return templates;
    }
    const { old, new: current } = images.value;
    const channels = expandAll(templates.value, current ?? old);
    if (!channels.ok) {
        return channels;
    }
    const keep = member(change, "attributes");
    return accepted({
        channels: channels.value,
        data: { old: keepAttributes(old, keep), new: keepAttributes(current, keep) },
        idempotencyKey: member(change, "eventId"),
        sequence: member(record, "SequenceNumber"),
    });
}

type Item = Readonly<Record<string, unknown>> | null;

function readImages(record: JsonObject): Result<{ readonly old: Item; readonly new: Item }> {
    const old = readImage(member(record, "OldImage"));
    const current = readImage(member(record, "NewImage"));
    if (!old.ok) {
        return old;
    }
    if (!current.ok) {
        return current;
    }
    return old.value === null && current.value === null
        ? refused("The record has neither an old nor a new image: the table's stream must be of NEW_AND_OLD_IMAGES.")
        : accepted({ old: old.value, new: current.value });
}

function readImage(image: unknown): Result<Item> {
    return image === undefined || image === null ? accepted(null) : plainItem(image);
}

function readTemplates(texts: unknown): Result<readonly ChannelTemplate[]> {
    if (!Array.isArray(texts)) {
        return refused(`A table change's \`channels\` is a list of templates; this one is ${describeType(texts)}.`);
    }
    const templates: ChannelTemplate[] = [];
    for (const text of texts) {
        const template = parseTemplate(text);
        if (!template.ok) {
            return template;
        }
        templates.push(template.value);
    }
    return accepted(templates);
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

function keepAttributes(item: Item, names: unknown): Item {
    if (item === null || !Array.isArray(names)) {
        return item;
    }
    return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
