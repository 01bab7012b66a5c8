import { changeParts } from "./change-parts";
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

/** The data for some channels. */
export interface DraftPart {
    readonly channels: readonly unknown[];
    readonly data: unknown;
}

/** A message's members as one of the three forms of event gives them, still unchecked. */
export interface Draft {
    /** More than one where an event is not the same to all its channels; none where it is for nobody. */
    readonly parts: readonly DraftPart[];
    readonly except?: unknown;
    readonly id?: unknown;
    /** Members of which some are a message's options. */
    readonly options: JsonObject;
}

/**
 * Finds out which form an event has, and reads it:
 * - plain: `{channel | channels, data, except?, id?, …options}`;
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
        parts: [{ channels: channels ?? [channel], data: member(detail, "data") }],
        except: member(detail, "except"),
        id: member(detail, "id"),
        options: detail,
    });
}

function readMapped(detail: JsonObject, mapping: EventMapping): Result<Draft> {
    const channels = expandAll(mapping.channels, detail);
    if (!channels.ok) {
        return channels;
    }
    const data = mapping.data === undefined ? detail : valueAt(detail, mapping.data);
    const parts = channels.value.length === 0 ? [] : [{ channels: channels.value, data }];
    const id = readScalar(detail, "id", mapping.id);
    if (!id.ok) {
        return id;
    }
    const sequence = readScalar(detail, "sequence", mapping.sequence);
    return sequence.ok ? accepted({ parts, id: id.value, options: { sequence: sequence.value } }) : sequence;
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

function draftChange(change: TableChangeEvent): Result<Draft> {
    const { eventId: id, sequence } = change;
    const parts = changeParts(change);
    return parts.ok ? accepted({ parts: parts.value, id, options: { sequence } }) : parts;
}

function expandAll(templates: readonly ChannelTemplate[], source: unknown): Result<readonly string[]> {
    const channels: string[] = [];
    for (const template of templates) {
        const channel = expandTemplate(template, source);
        if (channel.ok) {
            channels.push(channel.value);
        } else if (!channel.reason.isAllowed) {
            return refused(channel.reason.reason);
        }
    }
    return accepted(channels);
}
