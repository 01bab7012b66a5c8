import type { JsonObject } from "./json";
import { describeType, isObject, member } from "./json";
import type { Result } from "./result";
import { accepted, refused } from "./result";
import type { ChannelTemplate } from "./templates";
import { parseTemplates } from "./templates";

/** The member of an event's detail that a table's change travels in. */
const MEMBER = "tableChange";

/** The members that the source of a table's changes adds to each of them. */
export interface ChangeForm {
    /** Where the change goes, with attributes of the item in place of segments. */
    readonly channels: readonly string[];
    /** The attributes that clients get to see. Absent: all. */
    readonly attributes?: readonly string[];
}

/** A change of a table's item, as it arrives on the bus. */
export interface TableChangeEvent {
    readonly channels: readonly ChannelTemplate[];
    readonly attributes?: readonly string[];
    /** The same each time that the stream's record is forwarded. */
    readonly eventId: unknown;
    /** The record's number in the stream: a later change of an item has a larger one. */
    readonly sequence: unknown;
    /** The item before, in DynamoDB's own notation. Absent where there was none. */
    readonly old?: JsonObject;
    /** The item after. Absent where it was deleted. */
    readonly new?: JsonObject;
}

/**
 * The detail of such an event, as the input template of an EventBridge pipe. The pipe adds the stream's record as it is
 * and leaves the channels to the reader: it knows no way to refuse an attribute that would address another channel.
 */
export function changeTemplate({ channels, attributes }: ChangeForm): string {
    const fixed = [
        `"channels":${JSON.stringify(channels)}`,
        ...(attributes === undefined ? [] : [`"attributes":${JSON.stringify(attributes)}`]),
    ];
    // A pipe puts a string in place of the path alone, hence the quotes, but an object with its braces.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
    return `{"${MEMBER}":{${fixed.join(",")},"eventId":"<$.eventID>","record":<$.dynamodb>}}`;
}

export function isTableChange(detail: JsonObject): boolean {
    return Object.hasOwn(detail, MEMBER);
}

/** Reads the detail that such a template became. */
export function readTableChange(detail: JsonObject): Result<TableChangeEvent> {
    const change = member(detail, MEMBER);
    const record = isObject(change) ? member(change, "record") : undefined;
    if (!isObject(change) || !isObject(record)) {
        return refused("A table's change has a `record`, a DynamoDB stream record's `dynamodb`.");
    }
    const attributes = readAttributes(member(change, "attributes"));
    if (!attributes.ok) {
        return attributes;
    }
    const images = readImages(record);
    if (!images.ok) {
        return images;
    }
    const channels = parseTemplates(member(change, "channels"), "A table change's `channels`");
    if (channels.ok && channels.value.length === 0) {
        return refused("A table change's `channels` name at least one channel.");
    }
    return channels.ok
        ? accepted({
              channels: channels.value,
              ...(attributes.value === undefined ? {} : { attributes: attributes.value }),
              eventId: member(change, "eventId"),
              sequence: member(record, "SequenceNumber"),
              ...images.value,
          })
        : channels;
}

/** Anything but a list is refused: taken for an absent one, it would show every attribute. */
function readAttributes(names: unknown): Result<readonly string[] | undefined> {
    return names === undefined || (Array.isArray(names) && names.every((name) => typeof name === "string"))
        ? accepted(names)
        : refused(`A table change's \`attributes\` is a list of names; this one is ${describeType(names)}.`);
}

function readImages(record: JsonObject): Result<Pick<TableChangeEvent, "old" | "new">> {
    const old = readImage(member(record, "OldImage"));
    const current = readImage(member(record, "NewImage"));
    if (!old.ok) {
        return old;
    }
    if (!current.ok) {
        return current;
    }
    return old.value === undefined && current.value === undefined
        ? refused("The record has neither an old nor a new image: the table's stream must be of NEW_AND_OLD_IMAGES.")
        : accepted({
              ...(old.value === undefined ? {} : { old: old.value }),
              ...(current.value === undefined ? {} : { new: current.value }),
          });
}

function readImage(image: unknown): Result<JsonObject | undefined> {
    if (image === undefined || image === null) {
        return accepted(undefined);
    }
    return isObject(image) ? accepted(image) : refused(`An item is an object; this one is ${describeType(image)}.`);
}
