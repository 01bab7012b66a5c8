import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";
import type { GraphOptions } from "../../support/graph";
import { recordGraph } from "../../support/graph";

/** A bag of properties as it travels: secrets and unknown values in Pulumi's own notation. */
export type WireProperties = Readonly<Record<string, unknown>>;

/** A resource as the engine would show it to a policy pack. */
export interface RecordedResource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    readonly protect: boolean;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    /** What resource rules see, before anything is created. */
    readonly inputs: WireProperties;
    /** What stack rules see, at the end. */
    readonly outputs: WireProperties;
}

/** What the SDK sends for a value that a preview does not know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Runs a program under the mocks, and records every registration as it is on the wire. URNs are rebuilt to be the
 * engine's, which name all types of a resource's parents; the mocks' name only one.
 */
export async function recordStack(program: () => unknown, options: GraphOptions): Promise<readonly RecordedResource[]> {
    const resources = new Map<string, RecordedResource>();
    const stack = `urn:pulumi:${options.stack ?? "test"}::${options.project ?? "push-gateway"}`;
    await recordGraph(async () => {
        listen(resources, options.preview ?? false);
        await program();
    }, options);
    return withEngineUrns([...resources.values()], stack);
}

interface Struct {
    toJavaScript(): WireProperties;
}

interface RegisterRequest {
    getType(): string;
    getName(): string;
    getParent(): string;
    getProtect(): boolean | undefined;
    getCustom(): boolean;
    getObject(): Struct | undefined;
    getDependenciesList(): string[];
    getPropertydependenciesMap(): { forEach(each: (value: { getUrnsList(): string[] }, key: string) => void): void };
}

interface ReadRequest extends Omit<RegisterRequest, "getObject"> {
    getProperties(): Struct | undefined;
}

interface Response {
    getUrn(): string;
    getId?(): string;
    getObject?(): Struct | undefined;
    getProperties?(): Struct | undefined;
}

type Callback = (error: unknown, response: Response) => void;

/** Listens in on the monitor, as `recordGraph` does; the mocks themselves see neither URNs nor dependencies. */
function listen(resources: Map<string, RecordedResource>, preview: boolean): void {
    const monitor = getMonitor() as unknown as MockMonitor;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = async (request: RegisterRequest, callback: Callback) => {
        await register(request, (error: unknown, response: Response) => {
            if (error === null || error === undefined) {
                const inputs = withoutCode(request.getObject()?.toJavaScript() ?? {});
                resources.set(response.getUrn(), {
                    ...common(request, response),
                    protect: request.getProtect() ?? false,
                    propertyDependencies: propertyDependencies(request),
                    inputs,
                    outputs: outputsOf(request, response, preview),
                });
            }
            callback(error, response);
        });
    };
    const read = monitor.readResource.bind(monitor);
    monitor.readResource = async (request: ReadRequest, callback: Callback) => {
        await read(request, (error: unknown, response: Response) => {
            if (error === null || error === undefined) {
                const properties = response.getProperties?.()?.toJavaScript() ?? {};
                resources.set(response.getUrn(), {
                    ...common(request, response),
                    protect: false,
                    propertyDependencies: {},
                    inputs: properties,
                    outputs: properties,
                });
            }
            callback(error, response);
        });
    };
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResourceOutputs = (
        request: { getUrn(): string; getOutputs(): Struct | undefined },
        callback: Callback,
    ) => {
        const resource = resources.get(request.getUrn());
        if (resource !== undefined) {
            resources.set(resource.urn, {
                ...resource,
                outputs: { ...resource.outputs, ...request.getOutputs()?.toJavaScript() },
            });
        }
        registerOutputs(request, callback);
    };
}

function common(
    request: Pick<RegisterRequest, "getType" | "getName" | "getParent" | "getDependenciesList">,
    response: Response,
): Pick<RecordedResource, "urn" | "type" | "name" | "parent" | "dependencies"> {
    return {
        urn: response.getUrn(),
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        dependencies: request.getDependenciesList(),
    };
}

function outputsOf(request: RegisterRequest, response: Response, preview: boolean): WireProperties {
    if (!request.getCustom()) {
        return {};
    }
    // In a preview the engine has, besides the inputs, nothing but unknown values.
    const computed = preview
        ? { id: UNKNOWN, arn: UNKNOWN, name: UNKNOWN, ...request.getObject()?.toJavaScript() }
        : { id: response.getId?.(), ...response.getObject?.()?.toJavaScript() };
    return withoutCode(computed);
}

/** Bundles are megabytes, and no rule reads them. */
function withoutCode(properties: WireProperties): WireProperties {
    return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== "code"));
}

function propertyDependencies(request: RegisterRequest): Record<string, readonly string[]> {
    const dependencies: Record<string, readonly string[]> = {};
    request.getPropertydependenciesMap().forEach((value, key) => {
        dependencies[key] = value.getUrnsList();
    });
    return dependencies;
}

/** https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
function withEngineUrns(resources: readonly RecordedResource[], stack: string): readonly RecordedResource[] {
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource] as const));
    const chain = (resource: RecordedResource): string => {
        const parent = byUrn.get(resource.parent);
        return parent === undefined ? resource.type : `${chain(parent)}$${resource.type}`;
    };
    const rebuilt = (urn: string): string => {
        const resource = byUrn.get(urn);
        return resource === undefined ? urn : `${stack}::${chain(resource)}::${resource.name}`;
    };
    return resources.map((resource) => ({
        ...resource,
        urn: rebuilt(resource.urn),
        parent: resource.parent === "" ? "" : rebuilt(resource.parent),
        dependencies: resource.dependencies.map(rebuilt),
        propertyDependencies: Object.fromEntries(
            Object.entries(resource.propertyDependencies).map(([name, urns]) => [name, urns.map(rebuilt)]),
        ),
    }));
}
