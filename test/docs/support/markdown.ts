import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

export const ROOT = path.resolve(__dirname, "../../..");

/** A document of the repository. */
export interface Page {
    /** From the root, with `/`. */
    readonly file: string;
    readonly text: string;
}

export interface Fence {
    readonly language: string;
    readonly code: string;
}

const NO_DOCUMENTS_OF_OURS = new Set(["node_modules", "dist", "fixtures"]);

/** Every Markdown file of ours, wherever it is. */
export function pages(): readonly Page[] {
    return markdownIn("").map((file) => page(file));
}

export function page(file: string): Page {
    return { file, text: readFileSync(path.join(ROOT, file), "utf8") };
}

function markdownIn(folder: string): readonly string[] {
    return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
        const file = path.posix.join(folder, entry.name);
        if (entry.isDirectory()) {
            const isHidden = entry.name.startsWith(".") && entry.name !== ".github";
            return isHidden || NO_DOCUMENTS_OF_OURS.has(entry.name) ? [] : markdownIn(file);
        }
        return entry.name.endsWith(".md") ? [file] : [];
    });
}

const FENCE = /^( *)```([\w-]*)\n([\s\S]*?)^\1```$/gm;

/** Blocks between fences, without the indentation that a list gives them. */
export function fences(text: string): readonly Fence[] {
    return [...text.matchAll(FENCE)].map(([, indent = "", language = "", code = ""]) => ({
        language,
        code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }));
}

/** The lines of blocks that are indented by four blanks or more, outside fences. */
export function indentedCode(text: string): string {
    return withoutFences(text)
        .split("\n")
        .filter((line) => line.startsWith("    "))
        .join("\n");
}

/** Text between backticks, outside blocks of code. */
export function codeSpans(text: string): readonly string[] {
    return [...withoutFences(text).matchAll(/(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)/g)].map(([, code = ""]) =>
        code.replaceAll(/\s+/g, " "),
    );
}

/** Where the links of a page lead, as they are written. */
export function linkTargets(text: string): readonly string[] {
    const prose = withoutFences(text).replaceAll(/`[^`\n]*`/g, "code");
    return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The names that GitHub gives to the headings of a page, for links to them. */
export function anchorsOf(text: string): ReadonlySet<string> {
    const anchors = new Set<string>();
    for (const [, heading = ""] of withoutFences(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
        const base = heading
            .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N}_\- ]/gu, "")
            .replaceAll(" ", "-");
        let anchor = base;
        for (let again = 1; anchors.has(anchor); again += 1) {
            anchor = `${base}-${again}`;
        }
        anchors.add(anchor);
    }
    return anchors;
}

/** The cells of all rows of tables, without their heads' rules. */
export function tableRows(text: string): readonly (readonly string[])[] {
    return withoutFences(text)
        .split("\n")
        .filter((line) => line.startsWith("|") && !/^[|\s:-]+$/.test(line))
        .map((line) =>
            line
                .replaceAll("\\|", "¦")
                .split("|")
                .slice(1, -1)
                .map((cell) => cell.replaceAll("¦", "|").trim()),
        );
}

/** The names in code that rows of tables begin with, in the order of the alphabet. */
export function firstCells(text: string): readonly string[] {
    return tableRows(text)
        .flatMap(([first = ""]) => /^`([^`]+)`$/.exec(first)?.[1] ?? [])
        .sort();
}

/** The part of a page under a heading, without the headings of the same or a higher level after it. */
export function section(text: string, heading: string): string {
    const lines = text.split("\n");
    const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ +/, "") === heading);
    if (start < 0) {
        throw new Error(`There is no heading "${heading}"`);
    }
    const level = /^#+/.exec(lines[start] ?? "")?.[0].length ?? 0;
    const length = lines.slice(start + 1).findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level);
    return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join("\n");
}

function withoutFences(text: string): string {
    return text.replaceAll(FENCE, "");
}
