import type { PolicyResource } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { ofType } from "../resources/references";
import { isWithin } from "../resources/urns";
import { namedParts } from "./names";
import { arnOf, gatewayOf, MESSAGE_LOG, REGISTRY, TABLE } from "./parts";
import { shownOutputs } from "./shown-outputs";

/** Patterns for the ARNs of gateways' tables: of the stack's own, of those that references show, and by their names. */
export interface GatewayTables {
    /** Who is connected, and what was sent. */
    readonly deliveries: readonly string[];
    /** Who may publish, and who may subscribe. */
    readonly namespaces: readonly string[];
}

export function tablesOfGateways(resources: readonly PolicyResource[]): GatewayTables {
    const own = ofType(resources, TABLE).filter((table) => gatewayOf(table) !== undefined || isOfDeliveries(table));
    const arns = (isWanted: (table: PolicyResource) => boolean): readonly string[] => {
        return own
            .filter(isWanted)
            .map(arnOf)
            .filter((arn) => arn !== undefined);
    };
    return {
        deliveries: unique([
            ...arns(isOfDeliveries),
            ...shownOutputs(resources, "registryTableArn"),
            ...namedParts("log", resources),
        ]),
        namespaces: unique([
            ...arns((table) => !isOfDeliveries(table)),
            ...shownOutputs(resources, "namespaceTableArn"),
        ]),
    };
}

/** Whether a table is the registry or the log, by the component that made it, whatever that is in. */
export function isOfDeliveries({ urn }: PolicyResource): boolean {
    return isWithin(urn, [REGISTRY, MESSAGE_LOG]);
}

/** The table itself, its indexes, its streams, its backups and its exports. */
export function withContents(tables: readonly string[]): readonly string[] {
    return tables.flatMap((arn) => [arn, `${arn}/*`]);
}

/** Whether a name is that of the table with this ARN. DynamoDB takes a table's ARN wherever it takes its name. */
export function isTable(nameOrArn: string, arn: string | undefined): boolean {
    return arn !== undefined && [arn, tableName(arn) ?? arn].some((pattern) => matchesPattern(pattern, nameOrArn));
}

/** `orders` of `arn:aws:dynamodb:us-east-1:123456789012:table/orders`, and of what is in it. */
function tableName(arn: string): string | undefined {
    return /:table\/([^/]+)/.exec(arn)?.[1];
}

function unique(arns: readonly string[]): readonly string[] {
    return [...new Set(arns)];
}
