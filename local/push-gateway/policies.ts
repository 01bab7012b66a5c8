import type { CheckedResource, Violation } from "../../policy/check";
import type { StackResource } from "../program/graph";

const SEVERITIES: readonly string[] = ["critical", "high", "medium", "low"];

/**
 * What the policy pack says of the graphs in service: one line when every rule holds, else a few for each violation,
 * the worst first. Loads the pack when it is first asked, so that nothing waits for it before.
 */
export async function policyReport(graph: readonly StackResource[]): Promise<string> {
    const [{ checkGraph }, { policies }] = await Promise.all([
        import("../../policy/check"),
        import("../../policy/policies"),
    ]);
    const violations = await checkGraph(graph.map(asChecked));
    const scope = `on ${graph.length} resources`;
    if (violations.length === 0) {
        return `policies: ${policies.length} rules hold ${scope}`;
    }
    const found = count(violations.length, "violation");
    const heading = `policies: ${found} of ${policies.length} rules ${scope}; see docs/policies.md`;
    return [heading, ...violations.toSorted(worstFirst).map(describe)].join("\n");
}

/** Deployed, everything is known: outputs, and the inputs that the outputs do not repeat. */
function asChecked({ urn, request, result }: StackResource): CheckedResource {
    const { type, name, parent, dependencies, propertyDependencies, protect, inputs } = request;
    // Providers of AWS have the id among the outputs, where rules look for what refers to it.
    const props = { ...inputs, ...result.outputs, ...(result.id === "" ? {} : { id: result.id }) };
    return { urn, type, name, parent, dependencies, propertyDependencies, protect, props };
}

function worstFirst(left: Violation, right: Violation): number {
    return SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity);
}

function describe({ policy, severity, enforcementLevel, urn, message }: Violation): string {
    const [, project = "", types = "", name = ""] = urn.split("::");
    const type = types.split("$").at(-1) ?? "";
    const where = urn === "" ? "the whole stack" : `${project}: ${type} "${name}"`;
    return `  ${policy} (${severity}, ${enforcementLevel}) ${where}\n    ${message}`;
}

function count(number: number, thing: string): string {
    return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
