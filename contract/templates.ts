import { describeType, quoted, scalarText, valueAt } from "./json";
import { MAX_CHANNEL_SEGMENTS } from "./limits";
import type { Result } from "./result";
import { accepted, refused } from "./result";
import { decodeSegment, encodeSegment, segmentAdvice, splitPattern } from "./segment";

type TemplateSegment =
    | { readonly kind: "literal"; readonly text: string }
    | { readonly kind: "path"; readonly path: string; readonly isOptional: boolean };

/** A channel with placeholders: `orders/{customer}/{order.id}`. */
export interface ChannelTemplate {
    readonly text: string;
    readonly segments: readonly TemplateSegment[];
}

/** Why a template makes no channel of a source. */
export interface Unfilled {
    /** `absent`: a value is not there, null or empty. `unfit`: it is there, and no segment can stand for it. */
    readonly kind: "absent" | "unfit";
    /** Whether the template allows that value to be absent: `{assignee?}`. */
    readonly isAllowed: boolean;
    readonly reason: string;
}

/**
 * Reads a channel template. `{dotted.path}` stands for one whole segment, never for a part of one, so that two
 * different events can never be glued into the same channel; `{dotted.path?}` for one that may be absent, and then there
 * is no such channel. The literals may be reserved segments: `orders/@user/{customer}`.
 */
export function parseTemplate(text: unknown): Result<ChannelTemplate> {
    if (typeof text !== "string") {
        return refused(`A channel template is a string; this one is ${describeType(text)}.`);
    }
    const parts = splitPattern(text);
    if (parts.length > MAX_CHANNEL_SEGMENTS) {
        return refused(`The template ${quoted(text)} has more than ${MAX_CHANNEL_SEGMENTS} segments.`);
    }
    const segments: TemplateSegment[] = [];
    for (const part of parts) {
        const segment = parseSegment(part);
        if (segment === undefined) {
            const advice = /[{}]/.test(part) ? "" : segmentAdvice(part);
            return refused(
                `The template ${quoted(text)} has a segment that is neither plain text nor one "{path}"${advice}.`,
            );
        }
        segments.push(segment);
    }
    return accepted({ text, segments });
}

/**
 * Reads a list of them. The first one that is none is the reason.
 *
 * @param name what the list is called, for that reason
 */
export function parseTemplates(texts: unknown, name: string): Result<readonly ChannelTemplate[]> {
    if (!Array.isArray(texts)) {
        return refused(`${name} is a list of templates; this one is ${describeType(texts)}.`);
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

/** Fills the template from `source`. Each value is encoded, and so stays one segment, whatever is in it. */
export function expandTemplate(template: ChannelTemplate, source: unknown): Result<string, Unfilled> {
    const segments: string[] = [];
    for (const segment of template.segments) {
        if (segment.kind === "literal") {
            segments.push(segment.text);
            continue;
        }
        const value = valueAt(source, segment.path);
        const text = scalarText(value);
        const encoded = text === undefined ? undefined : encodeSegment(text);
        if (encoded === undefined) {
            const isAbsent = value === undefined || value === null || value === "";
            const found = text === undefined ? describeType(value) : text === "" ? "empty" : quoted(text);
            return refused({
                kind: isAbsent ? "absent" : "unfit",
                isAllowed: isAbsent && segment.isOptional,
                reason: `The template ${quoted(template.text)} needs a value at {${segment.path}}, which is ${found}.`,
            });
        }
        segments.push(encoded);
    }
    return accepted(segments.join("/"));
}

function parseSegment(text: string): TemplateSegment | undefined {
    const [, path, optional] = /^\{([^{}?]+)(\?)?\}$/.exec(text) ?? [];
    if (path !== undefined) {
        return { kind: "path", path, isOptional: optional === "?" };
    }
    return /^@[a-z]+$/.test(text) || decodeSegment(text) !== undefined ? { kind: "literal", text } : undefined;
}
