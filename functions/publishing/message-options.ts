import type { JsonObject } from "../../contract/json";
import { describeType, member, quoted } from "../../contract/json";
import { MAX_SEQUENCE_DIGITS } from "../../contract/limits";
import type { MessageOptions } from "../../contract/protocol";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

type Readers = { readonly [Name in keyof MessageOptions]-?: (given: unknown) => Result<MessageOptions[Name]> };

/** How each of the options is read. From here on nobody looks into them: they reach the page as they are. */
const READERS: Readers = { sequence: readSequence };

/** Reads the options among the members that an event gives a message. One that is `null` is as good as absent. */
export function readOptions(given: JsonObject): Result<MessageOptions> {
    const options: Record<string, unknown> = {};
    for (const [name, read] of Object.entries(READERS)) {
        const option = read(member(given, name) ?? undefined);
        if (!option.ok) {
            return option;
        }
        if (option.value !== undefined) {
            options[name] = option.value;
        }
    }
    return accepted(options);
}

/** Leading zeros are left out: then the longer number is the larger, and of two that are as long, the later in text. */
function readSequence(sequence: unknown): Result<string | undefined> {
    if (sequence === undefined) {
        return accepted(undefined);
    }
    if (typeof sequence === "string" && sequence.length <= MAX_SEQUENCE_DIGITS && /^[0-9]+$/.test(sequence)) {
        return accepted(sequence.replace(/^0+(?=.)/, ""));
    }
    const given = typeof sequence === "string" ? quoted(sequence) : describeType(sequence);
    return refused(`A \`sequence\` is a string of 1 to ${MAX_SEQUENCE_DIGITS} digits; this one is ${given}.`);
}
