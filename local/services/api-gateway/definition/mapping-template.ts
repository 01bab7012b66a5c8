import { follow } from "./selection-expression";

/** What a template may read. */
export interface TemplateInput {
    /** The members of `$context`. */
    readonly context: Readonly<Record<string, unknown>>;
    /** `$input.body`: the message of a request, nothing in the response of a MOCK integration. */
    readonly body: string;
}

type Piece = string | ((input: TemplateInput) => string);

/** A parsed mapping template. */
export interface MappingTemplate {
    readonly pieces: readonly Piece[];
}

const EXPRESSION = String.raw`[A-Za-z][\w.]*(?:\(\s*(?:"[^"]*"|'[^']*')?\s*\))?`;
const REFERENCE = new RegExp(String.raw`\$(?:\{(${EXPRESSION})\}|(${EXPRESSION}))`, "y");
const DIRECTIVE = /#(?:\{?(?:set|if|elseif|else|end|foreach|macro|include|parse|define|break|stop)\b|[#*[])/;

/**
 * Parses what the local cloud serves of the Velocity Template Language: static text, `$context.…`, `$input.body`,
 * `$input.json('$.…')` (a value as JSON) and `$input.path('$.…')` (a value as text).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
 *
 * @throws Error that names what is not served, so that a template never means one thing here and another in AWS
 */
export function parseTemplate(source: string): MappingTemplate {
    const directive = DIRECTIVE.exec(source);
    if (directive !== null) {
        throw unserved(source, directive[0]);
    }
    const pieces: Piece[] = [];
    let text = "";
    for (let at = 0; at < source.length;) {
        REFERENCE.lastIndex = at;
        const match = REFERENCE.exec(source);
        if (match === null) {
            text += source.charAt(at);
            at += 1;
            continue;
        }
        pieces.push(text, parseReference(source, match));
        text = "";
        at = REFERENCE.lastIndex;
    }
    return { pieces: [...pieces, text] };
}

export function renderTemplate(template: MappingTemplate, input: TemplateInput): string {
    return template.pieces.map((piece) => (typeof piece === "string" ? piece : piece(input))).join("");
}

function parseReference(source: string, match: RegExpExecArray): Piece {
    const [whole] = match;
    const expression = match[1] ?? match[2] ?? "";
    const path = /["'](.*)["']/s.exec(expression)?.[1] ?? "$";
    const name = expression.replace(/\(.*$/s, "");
    if (name === "context" || name.startsWith("context.")) {
        const steps = name.split(".").slice(1);
        return ({ context }) => text(follow(context, steps));
    }
    switch (name) {
        case "input.body":
            return ({ body }) => body;
        case "input.json": {
            const steps = stepsOf(path, source, whole);
            return ({ body }) => JSON.stringify(atPath(body, steps) ?? "");
        }
        case "input.path": {
            const steps = stepsOf(path, source, whole);
            return ({ body }) => text(atPath(body, steps));
        }
        default:
            throw unserved(source, whole);
    }
}

/** `$.order.items[0]` as its steps. */
function stepsOf(path: string, source: string, reference: string): readonly string[] {
    if (!/^\$(\.[\w-]+|\[\d+\])*$/.test(path)) {
        throw unserved(source, reference);
    }
    return path.slice(1).replaceAll("[", ".").replaceAll("]", "").split(".").slice(1);
}

function atPath(body: string, steps: readonly string[]): unknown {
    try {
        return follow(JSON.parse(body), steps);
    } catch {
        return undefined;
    }
}

function text(value: unknown): string {
    return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function unserved(source: string, part: string): Error {
    return new Error(
        `the mapping template ${JSON.stringify(source)} uses ${part}; the local cloud serves static text, ` +
            "$context.…, $input.body, $input.json('$.…') and $input.path('$.…')",
    );
}
