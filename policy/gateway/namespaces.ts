import type { PolicyResource } from "@pulumi/policy";
import { NAMESPACE, partsOfGateways, TABLE } from "./parts";
import { asProperties, block, text } from "../resources/properties";
import { ofType, refersTo } from "../resources/references";
import { shownOutputs } from "./shown-outputs";
import { ifKnown } from "../resources/unknowns";
import { isWithin, stackOf } from "../resources/urns";

/**
 * The namespaces that a stack registers. By the row, not by the component: to put the row fails where the namespace is
 * another's, while anybody can call a component anything.
 */
export function registeredNamespaces(stack: string, resources: readonly PolicyResource[]): readonly string[] {
    return ofType(resources, "aws:dynamodb/tableItem:TableItem")
        .filter(({ urn }) => stackOf(urn) === stack && isWithin(urn, [NAMESPACE]))
        .filter((row) => isInNamespaceTable(row, resources))
        .map(({ props }) => ifKnown(() => namespaceOf(text(props, "item")), undefined))
        .filter((namespace) => namespace !== undefined);
}

/** Where nothing says which table it is, such as in a preview, any may be. */
function isInNamespaceTable(row: PolicyResource, resources: readonly PolicyResource[]): boolean {
    const tableName = ifKnown(() => text(row.props, "tableName"), undefined);
    const known = shownOutputs(resources, "namespaceTableName");
    return (
        tableName === undefined ||
        known.length === 0 ||
        known.includes(tableName) ||
        partsOfGateways(resources, TABLE).some((table) => refersTo(row, "tableName", table))
    );
}

/** `{"namespace":{"S":"orders"},…}` */
function namespaceOf(item: string | undefined): string | undefined {
    try {
        return text(block(asProperties(JSON.parse(item ?? "null")), "namespace"), "S");
    } catch {
        return undefined;
    }
}
