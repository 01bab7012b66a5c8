import { tokenize } from "./pattern";

/** A pattern one character at a time: a single character, or one of the two wildcards. */
type Step = { readonly kind: "char"; readonly char: string } | { readonly kind: "one" } | { readonly kind: "run" };

/**
 * Whether some text fits both patterns: `dynamodb:*Item` and `dynamodb:Put*` have `dynamodb:PutItem` in common.
 * Case-sensitive; actions are compared in lower case.
 */
export function patternsIntersect(left: string, right: string): boolean {
    const a = steps(left);
    const b = steps(right);
    // row[j]: whether what remains of `a` and b[j..] have a text in common; built from the ends of both.
    let below: boolean[] = [];
    for (let i = a.length; i >= 0; i -= 1) {
        const row: boolean[] = new Array<boolean>(b.length + 1).fill(false);
        for (let j = b.length; j >= 0; j -= 1) {
            const rest = { skipA: below[j] === true, skipB: row[j + 1] === true, skipBoth: below[j + 1] === true };
            row[j] = remainderIntersects(a[i], b[j], rest);
        }
        below = row;
    }
    return below[0] === true;
}

/** What is known of the shorter remainders: without the first step of `a`, of `b`, of both. */
interface Rest {
    readonly skipA: boolean;
    readonly skipB: boolean;
    readonly skipBoth: boolean;
}

function remainderIntersects(a: Step | undefined, b: Step | undefined, rest: Rest): boolean {
    if (a === undefined && b === undefined) {
        return true;
    }
    if (a?.kind === "run") {
        return rest.skipA || (b !== undefined && rest.skipB);
    }
    if (b?.kind === "run") {
        return rest.skipB || (a !== undefined && rest.skipA);
    }
    if (a === undefined || b === undefined) {
        return false;
    }
    return rest.skipBoth && (a.kind === "one" || b.kind === "one" || a.char === b.char);
}

/** Past this many states `patternCovers` gives up; patterns that people write need fewer than a hundred. */
const MAX_STATES = 20_000;

/**
 * Whether every text that fits `inner` also fits `outer`: `arn:…/POST/@connections/*` is covered by `arn:…/*` but not
 * the other way round. Exact, except that two patterns made to be hard get `false`: not proven to be covered.
 */
export function patternCovers(outer: string, inner: string): boolean {
    const wide = steps(outer);
    const narrow = steps(inner);
    const alphabet = new Set<string | undefined>([undefined]);
    for (const step of [...wide, ...narrow]) {
        if (step.kind === "char") {
            alphabet.add(step.char);
        }
    }
    // A search for a text that fits `inner` and not `outer`, over pairs of sets of positions in the two patterns.
    const start = { narrow: closure(narrow, [0]), wide: closure(wide, [0]) };
    const seen = new Set([stateKey(start)]);
    const open = [start];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
        if (state.narrow.includes(narrow.length) && !state.wide.includes(wide.length)) {
            return false;
        }
        for (const char of alphabet) {
            const next = { narrow: advance(narrow, state.narrow, char), wide: advance(wide, state.wide, char) };
            const key = stateKey(next);
            if (next.narrow.length > 0 && !seen.has(key)) {
                if (seen.size >= MAX_STATES) {
                    return false;
                }
                seen.add(key);
                open.push(next);
            }
        }
    }
    return true;
}

interface State {
    readonly narrow: readonly number[];
    readonly wide: readonly number[];
}

function stateKey(state: State): string {
    return `${state.narrow.join(",")}|${state.wide.join(",")}`;
}

/** The positions reachable over one character; `undefined` is any character that neither pattern names. */
function advance(pattern: readonly Step[], positions: readonly number[], char: string | undefined): readonly number[] {
    const next: number[] = [];
    for (const position of positions) {
        const step = pattern[position];
        if (step?.kind === "run") {
            next.push(position);
        } else if (step?.kind === "one" || (step?.kind === "char" && step.char === char)) {
            next.push(position + 1);
        }
    }
    return closure(pattern, next);
}

/** Adds what follows each `*`, since it may stand for nothing. Sorted and without duplicates, so that keys compare. */
function closure(pattern: readonly Step[], positions: readonly number[]): readonly number[] {
    const all = new Set<number>();
    for (const position of positions) {
        let at = position;
        all.add(at);
        while (pattern[at]?.kind === "run") {
            at += 1;
            all.add(at);
        }
    }
    return [...all].sort((a, b) => a - b);
}

function steps(pattern: string): readonly Step[] {
    return tokenize(pattern).flatMap((token): readonly Step[] =>
        token.kind === "text" ? token.text.split("").map((char) => ({ kind: "char", char })) : [token],
    );
}
