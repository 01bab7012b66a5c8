import * as path from "node:path";

/** Where the source of one of the gateway's own functions begins. */
export function functionEntry(name: "authorize" | "connect" | "deliver" | "disconnect" | "message" | "notify"): string {
    return path.join(__dirname, "..", "..", "functions", name, "index.ts");
}
