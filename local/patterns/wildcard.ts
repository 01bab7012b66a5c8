import type { Leaf } from "./fields";
import { PatternProblem } from "./pattern-problem";

/** Matches text with `*` for any run of characters. Takes time proportional to the text, whatever the pattern. */
export function wildcard(pattern: string): (value: Leaf) => boolean {
    const parts = wildcardParts(pattern);
    const first = parts[0] ?? "";
    const last = parts.at(-1) ?? "";
    const middle = parts.slice(1, -1);
    return (value) => {
        if (typeof value !== "string") {
            return false;
        }
        if (parts.length === 1) {
            return value === first;
        }
        if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) {
            return false;
        }
        let from = first.length;
        for (const part of middle) {
            const found = value.indexOf(part, from);
            if (found === -1) {
                return false;
            }
            from = found + part.length;
        }
        return from <= value.length - last.length;
    };
}

/** The literal texts between the `*` of a wildcard pattern; a backslash makes a `*` or a backslash literal. */
function wildcardParts(pattern: string): string[] {
    const parts = [""];
    for (let position = 0; position < pattern.length; position += 1) {
        let character = pattern.charAt(position);
        if (character === "*") {
            if (pattern[position + 1] === "*") {
                throw new PatternProblem(`Consecutive wildcard characters at pos ${position}`);
            }
            parts.push("");
            continue;
        }
        if (character === "\\") {
            position += 1;
            character = pattern.charAt(position);
            if (character !== "*" && character !== "\\") {
                throw new PatternProblem(`Invalid escape character at pos ${position - 1}`);
            }
        }
        parts.push(`${parts.pop() ?? ""}${character}`);
    }
    return parts;
}
