import { promises as fs } from "node:fs";
import * as path from "node:path";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb";

// Pulumi's wire format marks a special value by an object with this key; its value tells which kind it is.
// https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/deployment-execution/resource-registration.html
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
/** What the SDK sends for a value that is not known during a preview. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Members = Readonly<Record<string, unknown>>;

/**
 * A property bag from the wire as plain values: secrets unwrapped, assets read, archives as a map of path to bytes.
 *
 * @param directory the program's working directory, against which relative asset paths resolve
 */
export async function decodeProperties(
    struct: Struct | undefined,
    directory: string,
): Promise<Record<string, unknown>> {
    const members = Object.entries(struct?.toJavaScript() ?? {});
    return Object.fromEntries(
        await Promise.all(members.map(async ([key, value]) => [key, await decodeValue(value, directory)] as const)),
    );
}

/** Plain values as the wire carries them. `undefined` members are left out, as JSON does. */
export function encodeProperties(values: Members): Struct {
    const json = JSON.parse(
        JSON.stringify(values, (_, value: unknown) => (value instanceof Map ? undefined : value)),
    ) as Record<string, JavaScriptValue>;
    return StructMessage.fromJavaScript(json);
}

async function decodeValue(value: unknown, directory: string): Promise<unknown> {
    if (value === UNKNOWN) {
        throw new Error("the program sent an unknown value, which belongs to previews only");
    }
    if (Array.isArray(value)) {
        return Promise.all(value.map((item) => decodeValue(item, directory)));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const members = value as Members;
    switch (members[SIGNATURE]) {
        case undefined:
            return Object.fromEntries(
                await Promise.all(
                    Object.entries(members).map(
                        async ([key, item]) => [key, await decodeValue(item, directory)] as const,
                    ),
                ),
            );
        case SECRET:
            return decodeValue(members["value"], directory);
        case ASSET:
            return readAsset(members, directory);
        case ARCHIVE:
            return readArchive(members, directory);
        default:
            throw new Error(
                `the program sent a value of a kind that the local cloud does not know: ${String(members[SIGNATURE])}`,
            );
    }
}

async function readAsset(asset: Members, directory: string): Promise<Uint8Array> {
    if (typeof asset["text"] === "string") {
        return Buffer.from(asset["text"], "utf8");
    }
    if (typeof asset["path"] === "string") {
        return fs.readFile(path.resolve(directory, asset["path"]));
    }
    throw new Error("remote assets are not served by the local cloud: use a file or a string asset");
}

async function readArchive(archive: Members, directory: string): Promise<Map<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    if (typeof archive["path"] === "string") {
        await addDirectory(files, path.resolve(directory, archive["path"]), "");
        return files;
    }
    if (typeof archive["assets"] !== "object" || archive["assets"] === null) {
        throw new Error("remote archives are not served by the local cloud: use a directory or an asset archive");
    }
    for (const [name, item] of Object.entries(archive["assets"] as Members)) {
        const content = await decodeValue(item, directory);
        if (content instanceof Map) {
            for (const [inner, bytes] of content as Map<string, Uint8Array>) {
                files.set(path.posix.join(name, inner), bytes);
            }
        } else {
            files.set(name, content as Uint8Array);
        }
    }
    return files;
}

async function addDirectory(files: Map<string, Uint8Array>, directory: string, prefix: string): Promise<void> {
    const entries = await fs.readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
        throw new Error(`the archive ${directory} is not a directory (zip files are not served by the local cloud)`, {
            cause,
        });
    });
    for (const entry of entries) {
        const name = path.posix.join(prefix, entry.name);
        if (entry.isDirectory()) {
            await addDirectory(files, path.join(directory, entry.name), name);
        } else {
            files.set(name, await fs.readFile(path.join(directory, entry.name)));
        }
    }
}
