import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { identities } from "./graphs";

/** Writes what there is now: `node --import tsx test/components/frozen/freeze.ts`, and then read the difference. */
async function main(): Promise<void> {
    writeFileSync(path.join(__dirname, "identities.json"), `${JSON.stringify(await identities(), null, 4)}\n`);
}

void main();
