import type { PolicyResource } from "@pulumi/policy";
import { asProperties, block, text } from "../resources/properties";
import { ofType, refersTo } from "../resources/references";
import { ifKnown } from "../resources/unknowns";
import { isWithin, stackOf } from "../resources/urns";
import { arnOf, BUS, gatewayOf, NAMESPACE, partsOfGateways, TABLE } from "./parts";
import { isReference, shownOutput } from "./shown-outputs";
import { isTable } from "./tables";

/**
 * The namespaces that a stack registers for publishing on one bus: what a `PushNamespace` of the stack puts into the
 * table that belongs to this bus. By the row, not by the component: to put the row fails where the namespace is
 * another's, while anybody can call a component anything, and put rows into a table of one's own.
 */
export function registeredNamespaces(
    bus: string,
    stack: string,
    resources: readonly PolicyResource[],
): readonly string[] {
    const own = resources.filter(({ urn }) => stackOf(urn) === stack);
    return rowsBeside(bus, own)
        .map(({ props }) => ifKnown(() => namespaceOf(text(props, "item")), undefined))
        .filter((namespace) => namespace !== undefined);
}

/** Reads every row that may register one, and throws where a preview does not know it yet. */
export function readRegistrations(bus: string, stack: string, resources: readonly PolicyResource[]): void {
    const own = resources.filter(({ urn }) => stackOf(urn) === stack);
    for (const { props } of rowsBeside(bus, own)) {
        text(props, "item");
    }
}

function rowsBeside(bus: string, own: readonly PolicyResource[]): readonly PolicyResource[] {
    const isRegistration = registrationTest(bus, own);
    return ofType(own, "aws:dynamodb/tableItem:TableItem").filter((row) => {
        return isWithin(row.urn, [NAMESPACE]) && isRegistration(row);
    });
}

/**
 * Which rows are in the table that belongs to the bus: as the stack's references show it, all of them that show this
 * bus, and never in a table that the stack makes. Where no reference shows the bus, but a gateway of this very stack
 * has it: in that gateway's table.
 */
function registrationTest(bus: string, own: readonly PolicyResource[]): (row: PolicyResource) => boolean {
    const references = own.filter((one) => isReference(one) && shownOutput(one, "eventBusArn") === bus);
    if (references.length === 0) {
        const gateway = partsOfGateways(own, BUS).find((one) => arnOf(one) === bus);
        const tables = gateway === undefined ? [] : partsOfGateways(own, TABLE, gatewayOf(gateway));
        return (row) => tables.some((table) => refersTo(row, "tableName", table));
    }
    const made = ofType(own, TABLE);
    return (row) => {
        const tableName = ifKnown(() => text(row.props, "tableName"), undefined);
        return (
            tableName !== undefined &&
            references.every((one) => isTable(tableName, shownOutput(one, "namespaceTableArn"))) &&
            !made.some((table) => isTable(tableName, arnOf(table)) || refersTo(row, "tableName", table))
        );
    };
}

/** `{"namespace":{"S":"orders"},…}` */
function namespaceOf(item: string | undefined): string | undefined {
    try {
        return text(block(asProperties(JSON.parse(item ?? "null")), "namespace"), "S");
    } catch {
        return undefined;
    }
}
