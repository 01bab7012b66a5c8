import * as pulumi from "@pulumi/pulumi";

/**
 * An input as plain data. Secrets are unwrapped, an archive becomes `{ files: { path: text } }`, and what a preview
 * does not know becomes `"<unknown>"`.
 */
export async function plainValue(value: unknown): Promise<unknown> {
    if (pulumi.runtime.isRpcSecret(value)) {
        return plainValue(pulumi.runtime.unwrapRpcSecret(value));
    }
    if (Array.isArray(value)) {
        return Promise.all(value.map(plainValue));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if ("__pulumiUnknown" in value) {
        return "<unknown>";
    }
    if (value instanceof pulumi.asset.AssetArchive) {
        return { files: await plainValue(await value.assets) };
    }
    if (value instanceof pulumi.asset.StringAsset) {
        return value.text;
    }
    const entries = Object.entries(value).map(async ([name, member]) => [name, await plainValue(member)] as const);
    return Object.fromEntries(await Promise.all(entries));
}

/** Whether the input is a secret, or has one in it. */
export function holdsSecret(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (pulumi.runtime.isRpcSecret(value) || Object.values(value).some(holdsSecret))
    );
}
