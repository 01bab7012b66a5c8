import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { generate } from "selfsigned";

/** A certificate for 127.0.0.1, as files. */
export interface Certificate {
    readonly keyFile: string;
    readonly certificateFile: string;
    remove(): void;
}

export async function createCertificate(): Promise<Certificate> {
    const { private: key, cert } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
        keyType: "ec",
        extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
    const keyFile = path.join(folder, "key.pem");
    const certificateFile = path.join(folder, "certificate.pem");
    writeFileSync(keyFile, key, { mode: 0o600 });
    writeFileSync(certificateFile, cert);
    return {
        keyFile,
        certificateFile,
        remove: () => {
            rmSync(folder, { recursive: true });
        },
    };
}
