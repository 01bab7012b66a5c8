import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readProject } from "../../../local/program/project";

describe("readProject", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "push-gateway-"));
        writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const configOf = (stackFile: string): Readonly<Record<string, string>> => {
        writeFileSync(path.join(folder, "Pulumi.dev.yaml"), stackFile);
        return readProject(folder, "dev", {}).config;
    };

    it("reads the settings of a stack whose secrets are under a key, which it has no use for", () => {
        assert.deepEqual(
            configOf(
                [
                    "secretsprovider: awskms://alias/push-gateway-state?region=us-east-1",
                    "encryptedkey: AQICAHh0ZXN0",
                    "config:",
                    "  size: small",
                ].join("\n"),
            ),
            { "shop:size": "small" },
        );
    });

    it("refuses a value that is encrypted, and names it", () => {
        assert.throws(
            () => configOf("encryptionsalt: v1:abc\nconfig:\n  shop:token:\n    secure: v1:xyz\n"),
            /Pulumi\.dev\.yaml encrypts `shop:token`/,
        );
    });
});
