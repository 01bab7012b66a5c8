import type {
    EnforcementLevel,
    PolicyResource,
    ResourceValidation,
    Severity,
    StackValidationArgs,
} from "@pulumi/policy";
import { policies, resourcePolicies, stackPolicies } from "./policies";
import { assertKnownSettings } from "./settings/known-settings";

/** A deployed resource: inputs and outputs together, everything known. */
export interface CheckedResource {
    readonly urn: string;
    /** The type token, for example `aws:dynamodb/table:Table`. */
    readonly type: string;
    /** The logical name. */
    readonly name: string;
    readonly props: Readonly<Record<string, unknown>>;
    /** URN of the parent. */
    readonly parent?: string;
    /** URNs of what it depends on. */
    readonly dependencies?: readonly string[];
    /** URNs of what each property was made from. */
    readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
    /** Whether Pulumi refuses to delete it. Defaults to false. */
    readonly protect?: boolean;
}

export interface Violation {
    /** The rule's name. */
    readonly policy: string;
    readonly severity: Severity;
    readonly enforcementLevel: EnforcementLevel;
    readonly urn: string;
    /** What is wrong, and what to write instead. */
    readonly message: string;
}

/** Settings by rule, as in a file for `--policy-pack-config`, but without enforcement levels. */
export type PackConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Runs the pack over a graph, without Pulumi's engine: every rule, whatever its enforcement level. Changes nothing, so
 * what an engine would remediate is a violation here. Resources of several stacks may be given together.
 *
 * @throws Error that names settings and rules that there are not
 */
export async function checkGraph(
    resources: readonly CheckedResource[],
    config: PackConfig = {},
): Promise<readonly Violation[]> {
    assertKnownSettings(config, policies);
    const graph = asPolicyResources(resources);
    const violations: Violation[] = [];
    for (const policy of resourcePolicies) {
        for (const resource of graph) {
            const report = collect(violations, policy, resource.urn);
            await ifApplicable(async () => {
                for (const validate of validations(policy.validateResource)) {
                    await validate({ ...resource, ...context(config[policy.name]), asType: () => undefined }, report);
                }
            });
        }
    }
    for (const policy of stackPolicies) {
        const args = { resources: [...graph], ...context(config[policy.name]) };
        await ifApplicable(async () => {
            await policy.validateStack(args, collect(violations, policy, ""));
        });
    }
    return violations;
}

function validations(given: ResourceValidation | ResourceValidation[] | undefined): readonly ResourceValidation[] {
    return given === undefined ? [] : Array.isArray(given) ? given : [given];
}

type Reporting = (message: string | object, urn?: string) => void;

function collect(
    violations: Violation[],
    { name, severity, enforcementLevel }: { name: string; severity?: Severity; enforcementLevel?: EnforcementLevel },
    resourceUrn: string,
): Reporting {
    return (message, urn = resourceUrn) => {
        violations.push({
            policy: name,
            severity: severity ?? "medium",
            enforcementLevel: enforcementLevel ?? "mandatory",
            urn,
            message: typeof message === "string" ? message : JSON.stringify(message),
        });
    };
}

class NotApplicable extends Error {}

async function ifApplicable(judge: () => Promise<void>): Promise<void> {
    try {
        await judge();
    } catch (error) {
        if (!(error instanceof NotApplicable)) {
            throw error;
        }
    }
}

/** What the engine's server adds to a resource or a stack when it calls a rule. */
function context(settings: Readonly<Record<string, unknown>> = {}) {
    return {
        stackTags: new Map<string, string>(),
        // The caller names the type, here as with the engine.
        getConfig: (() => settings) as StackValidationArgs["getConfig"],
        notApplicable: (reason?: string): never => {
            throw new NotApplicable(reason);
        },
    };
}

function asPolicyResources(resources: readonly CheckedResource[]): readonly PolicyResource[] {
    const byUrn = new Map(resources.map((resource) => [resource.urn, asPolicyResource(resource)] as const));
    const lookUp = (urns: readonly string[] = []): PolicyResource[] => {
        return urns.map((urn) => byUrn.get(urn)).filter((resource) => resource !== undefined);
    };
    for (const { urn, parent, dependencies, propertyDependencies = {} } of resources) {
        const resource = byUrn.get(urn);
        if (resource !== undefined) {
            const [found] = lookUp(parent === undefined ? [] : [parent]);
            Object.assign(resource, found === undefined ? {} : { parent: found });
            resource.dependencies = lookUp(dependencies);
            resource.propertyDependencies = Object.fromEntries(
                Object.entries(propertyDependencies).map(([name, urns]) => [name, lookUp(urns)]),
            );
        }
    }
    return [...byUrn.values()];
}

function asPolicyResource({ urn, type, name, props, protect }: CheckedResource): PolicyResource {
    return {
        urn,
        type,
        name,
        props,
        opts: {
            protect: protect ?? false,
            ignoreChanges: [],
            aliases: [],
            additionalSecretOutputs: [],
            customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
        },
        dependencies: [],
        propertyDependencies: {},
        // No rule of ours asks by class.
        isType: () => false,
        asType: () => undefined,
    };
}
