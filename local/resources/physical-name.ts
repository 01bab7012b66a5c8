import { createHash } from "node:crypto";
import type { Registration } from "./resource";

/**
 * The name a resource has in the account: what the program gave, else `<logical name>-<7 hex digits>` as Pulumi names
 * it. The digits come from the URN, so that a stack has the same names at every start and in every log.
 */
export function physicalName(registration: Registration, given: unknown, prefix?: unknown): string {
    if (typeof given === "string" && given !== "") {
        return given;
    }
    const digits = createHash("sha256").update(registration.urn).digest("hex").slice(0, 7);
    return typeof prefix === "string" && prefix !== "" ? `${prefix}${digits}` : `${registration.name}-${digits}`;
}
