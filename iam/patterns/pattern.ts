/** One piece of a pattern: text for itself, `?` (any one character) or `*` (any run of characters, also none). */
export type Token =
    { readonly kind: "text"; readonly text: string } | { readonly kind: "one" } | { readonly kind: "run" };

const ONE: Token = { kind: "one" };
const RUN: Token = { kind: "run" };

/** Splits a pattern into tokens. Every `*` and `?` is a wildcard: IAM knows no escape but `${*}` and `${?}`. */
export function tokenize(pattern: string): readonly Token[] {
    const tokens: Token[] = [];
    for (const piece of pattern.split(/(\*+|\?)/)) {
        if (piece.startsWith("*")) {
            tokens.push(RUN);
        } else if (piece === "?") {
            tokens.push(ONE);
        } else if (piece !== "") {
            tokens.push({ kind: "text", text: piece });
        }
    }
    return tokens;
}

/**
 * Whether the whole of `text` fits the tokens. `*` crosses `:` and `/`, as it does in the resources of a policy.
 * No regular expression, so a pattern cannot be written that takes exponential time: at worst pattern × text.
 */
export function matchTokens(tokens: readonly Token[], text: string): boolean {
    let token = 0;
    let at = 0;
    let retryToken = -1;
    let retryAt = 0;
    for (;;) {
        const next = tokens[token];
        if (next === undefined) {
            if (at === text.length) {
                return true;
            }
        } else if (next.kind === "run") {
            token += 1;
            if (token === tokens.length) {
                return true;
            }
            retryToken = token;
            retryAt = at;
            continue;
        } else if (next.kind === "one" ? at < text.length : text.startsWith(next.text, at)) {
            token += 1;
            at += next.kind === "one" ? 1 : next.text.length;
            continue;
        }
        // Only the latest `*` need ever be widened: whatever an earlier one could reach, the latest can reach as well.
        if (retryToken < 0 || retryAt >= text.length) {
            return false;
        }
        retryAt += 1;
        token = retryToken;
        at = retryAt;
    }
}

/** Whether `text` fits `pattern`. For one-off questions; what is asked often keeps the tokens. */
export function matchesPattern(pattern: string, text: string): boolean {
    return matchTokens(tokenize(pattern), text);
}
