/** Finds the value of a variable, given its path: `["request", "body", "action"]`. */
export type Lookup = (path: readonly string[]) => unknown;

/** A parsed selection expression: pieces of static text and variables. */
export interface SelectionExpression {
    readonly source: string;
    readonly pieces: readonly (string | readonly string[])[];
}

const VARIABLE = String.raw`[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*`;
const PIECE = new RegExp(String.raw`\\\$|\$\{\$?(${VARIABLE})\}|\$(${VARIABLE})|[^$\\]+|\\`, "gy");

/**
 * Parses `$request.body.action`, `${request.body.service}/${request.body.action}`, static text, or `\$default`, where
 * the backslash makes the dollar sign ordinary text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 *
 * @param roots the variables that exist where the expression is used, for example `["request.body"]`
 * @throws Error that names the expression and what in it is not served
 */
export function parseSelectionExpression(source: string, roots: readonly string[]): SelectionExpression {
    const pieces: (string | readonly string[])[] = [];
    let end = 0;
    for (const match of source.matchAll(PIECE)) {
        const variable = match[1] ?? match[2];
        if (variable === undefined) {
            pieces.push(match[0] === String.raw`\$` ? "$" : match[0]);
        } else {
            if (!roots.some((root) => variable === root || variable.startsWith(`${root}.`))) {
                throw unservedVariable(source, variable, roots);
            }
            pieces.push(variable.replaceAll("[", ".").replaceAll("]", "").split("."));
        }
        end = match.index + match[0].length;
    }
    if (end < source.length) {
        throw new Error(`the selection expression "${source}" cannot be read from "${source.slice(end)}" on`);
    }
    return { source, pieces };
}

/** The expression's value. A path that leads nowhere is the empty string; what is not a string becomes JSON text. */
export function evaluateSelection(expression: SelectionExpression, lookup: Lookup): string {
    return expression.pieces.map((piece) => (typeof piece === "string" ? piece : textOf(lookup(piece)))).join("");
}

/** Follows `path` into parsed JSON; undefined where it leads nowhere. */
export function follow(value: unknown, path: readonly string[]): unknown {
    let current = value;
    for (const step of path) {
        if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) {
            return undefined;
        }
        current = (current as Readonly<Record<string, unknown>>)[step];
    }
    return current;
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function unservedVariable(source: string, variable: string, roots: readonly string[]): Error {
    const known = roots.map((root) => `$${root}`).join(", ");
    return new Error(`the selection expression "${source}" uses $${variable}; the local cloud serves here ${known}`);
}
