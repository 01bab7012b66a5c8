import { isOrdinarySegment, MAX_CHANNEL_SEGMENTS } from "./channels";
import { describeType, quoted, scalarText, valueAt } from "./json";
import type { Result } from "./result";
import { accepted, refused } from "./result";

type TemplateSegment =
    { readonly kind: "literal"; readonly text: string } | { readonly kind: "path"; readonly path: string };

/** A channel with placeholders: `orders/{customer}/{order.id}`. */
export interface ChannelTemplate {
    readonly text: string;
    readonly segments: readonly TemplateSegment[];
}

/**
 * Reads a channel template. `{dotted.path}` stands for one whole segment, never for a part of one, so that two
 * different events can never be glued into the same channel. The literals may be reserved segments:
 * `orders/@user/{customer}`.
 */
export function parseTemplate(text: unknown): Result<ChannelTemplate> {
    if (typeof text !== "string") {
        return refused(`A channel template is a string; this one is ${describeType(text)}.`);
    }
    const parts = text.split("/");
    if (parts.length > MAX_CHANNEL_SEGMENTS) {
        return refused(`The template ${quoted(text)} has more than ${MAX_CHANNEL_SEGMENTS} segments.`);
    }
    const segments = parts.map(parseSegment);
    return segments.every((segment) => segment !== undefined)
        ? accepted({ text, segments })
        : refused(`The template ${quoted(text)} has a segment that is neither plain text nor one "{path}".`);
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

/**
 * Fills the template from `source`. Each value must be one valid segment that does not begin with "@": a value with a
 * slash or a reserved word in it is refused rather than let it address another channel.
 */
export function expandTemplate(template: ChannelTemplate, source: unknown): Result<string> {
    const segments: string[] = [];
    for (const segment of template.segments) {
        if (segment.kind === "literal") {
            segments.push(segment.text);
            continue;
        }
        const value = valueAt(source, segment.path);
        const text = scalarText(value);
        if (text === undefined || !isOrdinarySegment(text)) {
            const found = text === undefined ? describeType(value) : quoted(text);
            return refused(
                `The template ${quoted(template.text)} needs one segment at {${segment.path}}, which is ${found}.`,
            );
        }
        segments.push(text);
    }
    return accepted(segments.join("/"));
}

function parseSegment(text: string): TemplateSegment | undefined {
    const placeholder = /^\{([^{}/]+)\}$/.exec(text);
    if (placeholder?.[1] !== undefined) {
        return { kind: "path", path: placeholder[1] };
    }
    return /^[A-Za-z0-9._:@-]+$/.test(text) ? { kind: "literal", text } : undefined;
}
