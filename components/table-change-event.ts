import type { TableChangeSourceArgs } from "./table-change-source";

/**
 * The detail that the pipe puts on the bus, as its input template. The record passes as it is: the notifier reads it,
 * with its number in the stream, which becomes the message's `sequence`; fills in the channels, and thereby refuses an
 * attribute that would address another channel, which a pipe cannot.
 */
export function changeTemplate(args: Pick<TableChangeSourceArgs, "channels" | "attributes">): string {
    const fixed = [
        `"channels":${JSON.stringify(args.channels)}`,
        ...(args.attributes === undefined ? [] : [`"attributes":${JSON.stringify(args.attributes)}`]),
    ];
    // A pipe puts a string in place of the path alone, hence the quotes, but an object with its braces.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
    return `{"tableChange":{${fixed.join(",")},"eventId":"<$.eventID>","record":<$.dynamodb>}}`;
}

/** The pattern that a stream record must match; `undefined` when every one is published. */
export function changeFilter(args: Pick<TableChangeSourceArgs, "changes" | "filter">): string | undefined {
    if (args.changes === undefined) {
        return args.filter;
    }
    const pattern: unknown = JSON.parse(args.filter ?? "{}");
    return JSON.stringify({ eventName: args.changes, ...(pattern as object) });
}
