import { readFileSync } from "node:fs";
import * as path from "node:path";
import { buildSync } from "esbuild";

const FOLDER = path.join(__dirname, "page");

/** The page as one file: its markup, its style, and its script with the client in it. Nothing is loaded from elsewhere. */
export function buildPage(): string {
    const script = buildSync({
        entryPoints: [path.join(FOLDER, "app.ts")],
        absWorkingDir: FOLDER,
        bundle: true,
        format: "iife",
        minify: true,
        target: "es2022",
        charset: "utf8",
        write: false,
    }).outputFiles.map(({ text }) => text);
    // Only this ends a script element, whatever the script says.
    const safeScript = script.join("").replaceAll("</script", "<\\/script");
    return read("page.html")
        .replace("/* page.css */", () => read("page.css"))
        .replace("/* app.ts */", () => safeScript);
}

function read(file: string): string {
    return readFileSync(path.join(FOLDER, file), "utf8");
}
