import { strict as assert } from "node:assert";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { watchSources } from "../../../local/cloud/watch";

describe("Watching sources", () => {
    let root: string;
    let stop: () => Promise<void>;
    let changes: string[];
    let seen: (file: string) => Promise<void>;
    beforeEach(async () => {
        root = mkdtempSync(path.join(tmpdir(), "push-gateway-"));
        mkdirSync(path.join(root, "functions/notify"), { recursive: true });
        changes = [];
        seen = () => Promise.resolve();
        stop = await watchSources(root, ["functions"], async (file) => {
            changes.push(file);
            await seen(file);
        });
    });
    afterEach(async () => {
        await stop();
        rmSync(root, { recursive: true });
    });

    const next = (): Promise<string> =>
        new Promise((resolve) => {
            seen = (file) => {
                resolve(file);
                return Promise.resolve();
            };
        });

    it("tells of an edit below a folder, and of one beside it", async () => {
        const inFolder = next();
        writeFileSync(path.join(root, "functions/notify/index.ts"), "1");
        assert.equal(await inFolder, path.join("functions", "notify", "index.ts"));

        const atRoot = next();
        writeFileSync(path.join(root, "Pulumi.local.yaml"), "config: {}");
        assert.equal(await atRoot, "Pulumi.local.yaml");
    });

    it("takes the several writes of one edit as one", async () => {
        const told = next();
        for (let n = 0; n < 5; n++) {
            writeFileSync(path.join(root, "functions/notify/index.ts"), String(n));
        }
        await told;
        assert.deepEqual(changes, [path.join("functions", "notify", "index.ts")]);
    });

    it("tells again of an edit that came while the last was being worked on", async () => {
        let finish: () => void = () => undefined;
        await new Promise<void>((started) => {
            seen = () =>
                new Promise((resolve) => {
                    finish = resolve;
                    started();
                });
            writeFileSync(path.join(root, "functions/notify/index.ts"), "1");
        });
        writeFileSync(path.join(root, "functions/notify/handler.ts"), "2");
        const again = next();
        finish();
        assert.equal(await again, path.join("functions", "notify", "handler.ts"));
    });

    it("tells of an edit of a file that an editor has replaced before", async () => {
        const file = path.join(root, "functions/notify/index.ts");
        writeFileSync(file, "1");
        await next();
        writeFileSync(`${file}~`, "2");
        const replaced = next();
        renameSync(`${file}~`, file);
        await replaced;

        const edited = next();
        appendFileSync(file, "3");
        assert.equal(await edited, path.join("functions", "notify", "index.ts"));
    });

    it("is silent about what is no source", async () => {
        writeFileSync(path.join(root, "functions/notes.txt"), "1");
        const told = next();
        writeFileSync(path.join(root, "functions/notify/index.ts"), "1");
        assert.equal(await told, path.join("functions", "notify", "index.ts"));
        assert.equal(changes.length, 1);
    });
});
