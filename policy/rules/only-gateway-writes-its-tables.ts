import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { ownArnsOfHolder } from "../gateway/holders";
import { GATEWAY, MESSAGE_LOG, NAMESPACE, REGISTRY, TABLE } from "../gateway/parts";
import { isOfDeliveries, isTable, tablesOfGateways, withContents } from "../gateway/tables";
import { text } from "../resources/properties";
import { reachedBy } from "../statements/reach";
import { ofType, refersTo } from "../resources/references";
import { validateWhole } from "../settings/stack-rule";
import { judgeAllowed, nameOf } from "../statements/statements";
import { ifKnown, judgeEach } from "../resources/unknowns";
import { isWithin } from "../resources/urns";

const DEFAULTS = { ...NO_EXEMPTIONS, tables: [] as readonly string[] };

const TABLE_ITEM = "aws:dynamodb/tableItem:TableItem";
const RESOURCE_POLICY = "aws:dynamodb/resourcePolicy:ResourcePolicy";

/** Everything of DynamoDB that changes items, or the table they are in. */
const WRITES = [
    "BatchWriteItem",
    "CreateTableReplica",
    "DeleteItem",
    "DeleteResourcePolicy",
    "DeleteTable",
    "DeleteTableReplica",
    "ImportTable",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PutItem",
    "PutResourcePolicy",
    "RestoreTableFromAwsBackup",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "UpdateContinuousBackups",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
].map((action) => `dynamodb:${action}`);

export const onlyGatewayWritesItsTables: StackValidationPolicy = {
    name: "only-gateway-writes-its-tables",
    description:
        "Nobody but the gateway's own functions may write who is connected, what was sent, and who may publish.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        tables: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of further tables that belong to a gateway, where no reference to it shows them.",
            default: [],
        },
    }),
    remediationSteps:
        "Remove the statement or the item. Register a namespace with `PushNamespace`, and publish on the push bus.",
    validateStack: validateWhole(DEFAULTS, (resources, config, report) => {
        const { deliveries, namespaces } = tablesOfGateways(resources);
        const arns = withContents([...config.tables, ...deliveries, ...namespaces]);
        judgeEach(resources, (resource) => {
            // What a table itself allows is to others, whoever wrote it.
            const own = resource.type === RESOURCE_POLICY ? [] : ownArnsOfHolder(resource, resources);
            judgeAllowed(resource, (statement) => {
                const written = reachedBy(statement, WRITES, arns, own);
                if (written !== undefined) {
                    report(
                        resource.urn,
                        `${nameOf(statement)} allows writing ${written}, the gateway's. ` +
                            "Remove it: publish on the push bus in its place.",
                    );
                }
            });
            if (resource.type === TABLE_ITEM && putsItem(resource, resources)) {
                report(resource.urn, "It puts an item into a table of the gateway. Remove it.");
            }
        });
    }),
};

/**
 * Whether the resource is an item that the deployment itself would put into the registry or the log, or into the table
 * of namespaces other than by a `PushNamespace`, which checks what the gateway will read.
 */
function putsItem(item: PolicyResource, resources: readonly PolicyResource[]): boolean {
    const given = ifKnown(() => text(item.props, "tableName"), undefined);
    const { deliveries, namespaces } = tablesOfGateways(resources);
    const isIn = (arns: readonly string[], inStack: readonly PolicyResource[]): boolean => {
        return (
            (given !== undefined && arns.some((arn) => isTable(given, arn))) ||
            inStack.some((table) => refersTo(item, "tableName", table))
        );
    };
    const tables = ofType(resources, TABLE).filter(({ urn }) => isWithin(urn, [GATEWAY, REGISTRY, MESSAGE_LOG]));
    return (
        isIn(deliveries, tables.filter(isOfDeliveries)) ||
        (!isWithin(item.urn, [NAMESPACE]) &&
            isIn(
                namespaces,
                tables.filter((table) => !isOfDeliveries(table)),
            ))
    );
}
