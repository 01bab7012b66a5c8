import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";

/** What people and scripts need to reach the running local cloud. */
export interface LocalOutputs {
    /** Base URL of the WebSocket gateway, `@connections`, Function URLs and the issuer. */
    readonly http: string;
    /** Base URL for AWS SDKs and the AWS CLI (`AWS_ENDPOINT_URL`). */
    readonly aws: string;
    readonly region: string;
    readonly issuer: string;
    /** `GET <tokenUrl>?sub=ada&role=staff` answers `{"access_token":…}`. */
    readonly tokenUrl: string;
    /** An administrator's credentials, for people and tests. New at each start. */
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface CloudOutputs {
    /** Each stack's outputs by its project name. */
    readonly stacks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly local: LocalOutputs;
    /** The secrets that were made up for the programs, by name. New at each start. */
    readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Writes `.local/outputs.json` for scripts to read: the stacks' outputs by project name, the local cloud's own and the
 * secrets under `local`. The file holds credentials, so only its owner may read it.
 */
export function writeOutputs(root: string, { stacks, local, secrets }: CloudOutputs): void {
    const file = path.join(root, ".local", "outputs.json");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ ...stacks, local: { ...local, ...secrets } }, undefined, 2)}\n`, {
        mode: 0o600,
    });
    // The mode above is for a new file only.
    chmodSync(file, 0o600);
}
