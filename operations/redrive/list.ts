import { describe, describeReason, printable } from "./describe";
import { readLetter } from "./letter";
import type { Letter, LettersInView } from "./letters";

export interface ListDeps {
    readonly letters: LettersInView;
    readonly clock: () => number;
    /** Takes a line for the operator. */
    readonly print: (line: string) => void;
}

export interface ListOptions {
    /** Only letters with this reason. */
    readonly reason?: string;
}

export interface ListSummary {
    /** Letters that `--execute` would take up. */
    readonly redrivable: number;
    /** Letters that are for a person to look at. */
    readonly unreadable: number;
    /** About how many more there are, which SQS did not show. */
    readonly unseen: number;
}

/** SQS shows what it likes; after so many looks without a letter that is new, the rest is called unseen. */
const FRUITLESS_LOOKS = 20;

/** Says of every letter what it is and what a redrive would do with it, and leaves it to everybody's sight. */
export async function listLetters(deps: ListDeps, options: ListOptions): Promise<ListSummary> {
    const { letters, clock, print } = deps;
    const seen = new Set<string>();
    let redrivable = 0;
    let unreadable = 0;
    const total = await letters.count();
    for (let fruitless = 0; seen.size < total && fruitless < FRUITLESS_LOOKS;) {
        const looked = new Map((await letters.look()).map((letter) => [letter.messageId, letter]));
        const fresh = [...looked.values()].filter(({ messageId }) => !seen.has(messageId));
        fruitless = fresh.length === 0 ? fruitless + 1 : 0;
        for (const letter of fresh) {
            seen.add(letter.messageId);
            const message = readLetter(letter.body, clock());
            if (options.reason !== undefined && options.reason !== message.reason) {
                continue;
            }
            if (message.kind === "kept") {
                unreadable++;
            } else {
                redrivable++;
            }
            const text = message.kind === "kept" ? `keep ${letter.messageId}` : describe(message);
            print(`${new Date(letter.sentAt).toISOString()}  would ${text}`);
            print(
                `    ${[describeReason(message), ...remarks(message.kind === "kept" ? message.why : undefined, letter)].join("; ")}`,
            );
        }
    }
    return { redrivable, unreadable, unseen: Math.max(0, total - seen.size) };
}

function remarks(why: string | undefined, { note }: Letter): readonly string[] {
    return [why, note].flatMap((text) => (text === undefined ? [] : [printable(text)]));
}
