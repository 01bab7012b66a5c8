import { matchTokens, type Token } from "./pattern";

/**
 * Each of the six colon-separated parts is compared by itself: `*` does not cross a colon, except in the last part.
 * AWS says that it completes an ARN which is cut short in `Resource`, and not that it does in a condition: there such a
 * one matches nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function matchArn(tokens: readonly Token[], requestValue: string): boolean {
    const pattern = splitArnPattern(tokens);
    const value = requestValue.split(":");
    if (value.length < 6) {
        return false;
    }
    const parts = [...value.slice(0, 5), value.slice(5).join(":")];
    if (pattern.length === 1 && pattern[0]?.length === 1 && pattern[0][0]?.kind === "run") {
        return true;
    }
    return pattern.length === 6 && parts.every((part, index) => matchTokens(pattern[index] ?? [], part));
}

function splitArnPattern(tokens: readonly Token[]): readonly (readonly Token[])[] {
    let current: Token[] = [];
    const parts = [current];
    for (const token of tokens) {
        if (token.kind !== "text") {
            current.push(token);
            continue;
        }
        const pieces = token.text.split(":");
        const spare = 6 - parts.length;
        const cut = [...pieces.slice(0, spare), ...(pieces.length > spare ? [pieces.slice(spare).join(":")] : [])];
        cut.forEach((piece, index) => {
            if (index > 0) {
                current = [];
                parts.push(current);
            }
            if (piece !== "") {
                current.push({ kind: "text", text: piece });
            }
        });
    }
    return parts;
}
