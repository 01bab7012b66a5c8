import { createHash } from "node:crypto";
import type { StackResource } from "./graph";
import type { RegistrationRequest } from "./monitor";
import type { Project } from "./project";
import { createUrn } from "./urn";

export const PROVIDER_PREFIX = "pulumi:providers:";

/**
 * The provider that the engine gives a resource whose program names none: one for each package and version, by the
 * package's configuration.
 */
export function defaultProvider(project: Project, { type, version }: { type: string; version: string }): StackResource {
    const [packageName = ""] = type.split(":");
    const name = version === "" ? "default" : `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
    const prefix = `${packageName}:`;
    const configuration = Object.entries(project.config)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
    const inputs = { ...Object.fromEntries(configuration), ...(version === "" ? {} : { version }) };
    const request: RegistrationRequest = {
        type: `${PROVIDER_PREFIX}${packageName}`,
        name,
        parent: "",
        custom: true,
        remote: false,
        provider: "",
        version: "",
        inputs,
        dependencies: [],
        propertyDependencies: {},
        protect: false,
    };
    const urn = createUrn(project, "", request.type, name);
    return { urn, request, result: { urn, id: providerId(urn), outputs: inputs } };
}

/** As long as the engine's, and the same at each start. */
export function providerId(urn: string): string {
    const digits = createHash("sha256").update(urn).digest("hex");
    return [8, 4, 4, 4, 12].map((length, at) => digits.slice(at * 8, at * 8 + length)).join("-");
}
