import { tokenize, type Token } from "./patterns/pattern";
import type { RequestContext } from "./request-context";

/**
 * A pattern of a policy, ready to be filled in with the variables of a request: the tokens, or `undefined` when it
 * needs a variable that the request does not have.
 */
export type Template = (context: RequestContext) => readonly Token[] | undefined;

type Part = Token | { readonly kind: "variable"; readonly key: string; readonly fallback: string | undefined };

export interface TemplateOptions {
    /** Whether `${…}` is a variable (version 2012-10-17) or ordinary text (2008-10-17). */
    readonly variables: boolean;
    /** Whether `*` and `?` are wildcards or ordinary text. */
    readonly wildcards: boolean;
}

/**
 * Compiles a value of `Resource` or of a condition. A variable's value is taken literally: one that contains `*`
 * matches an asterisk, so that nobody widens a grant by the name that they give to themselves.
 */
export function compileTemplate(pattern: string, options: TemplateOptions): Template {
    const parts = options.variables ? splitVariables(pattern, options) : literalOrTokens(pattern, options);
    const constant = constantTokens(parts);
    return constant === undefined ? (context) => fillIn(parts, context) : () => constant;
}

function splitVariables(pattern: string, options: TemplateOptions): readonly Part[] {
    // Odd positions are what stood between `${` and `}`.
    return pattern.split(/\$\{([^}]*)\}/).flatMap((piece, position): readonly Part[] => {
        return position % 2 === 0 ? literalOrTokens(piece, options) : [variable(piece)];
    });
}

/** `${*}`, `${?}` and `${$}` stand for the character itself; `${key, 'default'}` has a default. */
function variable(content: string): Part {
    if (content === "*" || content === "?" || content === "$") {
        return { kind: "text", text: content };
    }
    const withDefault = /^([^,]*),\s*'(.*)'\s*$/.exec(content);
    return { kind: "variable", key: (withDefault?.[1] ?? content).trim(), fallback: withDefault?.[2] };
}

function literalOrTokens(piece: string, options: TemplateOptions): readonly Token[] {
    if (options.wildcards) {
        return tokenize(piece);
    }
    return piece === "" ? [] : [{ kind: "text", text: piece }];
}

function constantTokens(parts: readonly Part[]): readonly Token[] | undefined {
    const tokens = parts.filter((part): part is Token => part.kind !== "variable");
    return tokens.length === parts.length ? tokens : undefined;
}

function fillIn(parts: readonly Part[], context: RequestContext): readonly Token[] | undefined {
    const tokens: Token[] = [];
    for (const part of parts) {
        if (part.kind !== "variable") {
            tokens.push(part);
            continue;
        }
        const value = context.single(part.key) ?? part.fallback;
        if (value === undefined) {
            return undefined;
        }
        tokens.push({ kind: "text", text: value });
    }
    return tokens;
}
