import { scalarText, valueAt } from "./json";

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims about the token rather than the user. They are never handed on, so a rule about one could never match. (`aud`
 * is handed on: a gateway may take tokens for several applications, of which only one may see a channel.)
 */
const ABOUT_THE_TOKEN: ReadonlySet<string> = new Set(["iss", "exp", "iat", "nbf", "jti"]);

/** Lists that are written as one text with blanks between their items: RFC 6749, 8693, 9068; `scp` is Entra's. */
const BLANK_SEPARATED: ReadonlySet<string> = new Set(["scope", "scp"]);

/**
 * All that a claim can equal: its text, that of each item of a list, or each word of a `scope`. The name may be a path
 * into objects, `realm_access.roles`; a claim of just that name comes first. Objects and empty texts equal nothing.
 */
export function claimTexts(claims: Claims, name: string): readonly string[] {
    const claim = valueAt(claims, name);
    const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
    const texts = values.map(scalarText).filter((text) => text !== undefined);
    return (BLANK_SEPARATED.has(name) ? texts.flatMap(words) : texts).filter((text) => text !== "");
}

/** Why no token can ever have a claim of this name for a rule to see; `undefined` where one can. */
export function claimNameProblem(name: string): string | undefined {
    if (ABOUT_THE_TOKEN.has(name)) {
        return `\`${name}\` says something about the token, not about the user, and is never handed to rules`;
    }
    return name.split(".").some((step) => step === "") || name.trim() !== name
        ? `${JSON.stringify(name)} is no claim: it is empty, or has an empty step, or a blank around it`
        : undefined;
}

/** Why a claim can never equal this text; `undefined` where it can. */
export function claimValueProblem(name: string, text: string): string | undefined {
    if (text === "") {
        return "an empty text, which equals no claim";
    }
    return BLANK_SEPARATED.has(name) && text.includes(" ")
        ? `${JSON.stringify(text)}, but \`${name}\` is a list of words: name one of them`
        : undefined;
}

function words(text: string): readonly string[] {
    return text.split(" ").filter((word) => word !== "");
}
