import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { namesAnyAction, namesAnyResource } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../exemptions";
import { GATEWAY, isHeldByGateway, MESSAGE_LOG, REGISTRY } from "../gateway";
import { block, text } from "../properties";
import { ofType, refersTo } from "../references";
import { validateWhole } from "../stack-rule";
import { judgeAllowed, nameOf } from "../statements";
import { ifKnown, judgeEach } from "../unknowns";
import { isWithin } from "../urns";

const DEFAULTS = { ...NO_EXEMPTIONS, tables: [] as readonly string[] };

const TABLE = "aws:dynamodb/table:Table";
const RESOURCE_POLICY = "aws:dynamodb/resourcePolicy:ResourcePolicy";

/** Everything of DynamoDB that changes items, or the table they are in. */
const WRITES = [
    "BatchWriteItem", "CreateTableReplica", "DeleteItem", "DeleteResourcePolicy", "DeleteTable", "DeleteTableReplica",
    "ImportTable", "PartiQLDelete", "PartiQLInsert", "PartiQLUpdate", "PutItem", "PutResourcePolicy",
    "RestoreTableFromAwsBackup", "RestoreTableFromBackup", "RestoreTableToPointInTime", "UpdateContinuousBackups",
    "UpdateItem", "UpdateTable", "UpdateTimeToLive",
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
    remediationSteps: "Remove the statement. Register a namespace with `PushNamespace`, and publish on the push bus.",
    validateStack: validateWhole(DEFAULTS, (resources, config, report) => {
        const arns = [...config.tables, ...knownTableArns(resources)];
        judgeEach(resources, (resource) => {
            if (ofOthers(resource, resources)) {
                judgeAllowed(resource, (statement) => {
                    const written = WRITES.some((action) => namesAnyAction(statement, action))
                        ? arns.find((arn) => namesAnyResource(statement, arn))
                        : undefined;
                    if (written !== undefined) {
                        report(resource.urn, `${nameOf(statement)} allows writing ${written}, the gateway's. ` +
                            "Remove it: publish on the push bus in its place.");
                    }
                });
            }
            if (putsItem(resource, resources)) {
                report(resource.urn, "It puts an item into a table of the gateway. Remove it.");
            }
        });
    }),
};

/** Whether a resource's policies allow something to others than the gateway. */
function ofOthers(resource: PolicyResource, resources: readonly PolicyResource[]): boolean {
    return resource.type === RESOURCE_POLICY || !isHeldByGateway(resource, resources);
}

/** The ARNs of the gateway's tables: those of the stack itself, and those that references to a gateway show. */
function knownTableArns(resources: readonly PolicyResource[]): readonly string[] {
    const own = ofType(resources, TABLE)
        .filter(({ urn }) => isWithin(urn, [GATEWAY, REGISTRY, MESSAGE_LOG]))
        .map(({ props }) => ifKnown(() => text(props, "arn"), undefined));
    const referenced = resources.flatMap(({ type, props }) => {
        const outputs = type === "pulumi:pulumi:StackReference" ? ifKnown(() => block(props, "outputs"), {}) : props;
        return type.startsWith("pulumi:") || type.startsWith("push-gateway:")
            ? ["registryTableArn", "namespaceTableArn"].map((name) => ifKnown(() => text(outputs, name), undefined))
            : [];
    });
    return [...new Set([...own, ...referenced].filter((arn) => arn !== undefined))];
}

/** Whether the resource is an item that the deployment itself would put into the registry or the log. */
function putsItem(resource: PolicyResource, resources: readonly PolicyResource[]): boolean {
    if (resource.type !== "aws:dynamodb/tableItem:TableItem") {
        return false;
    }
    const tableName = ifKnown(() => text(resource.props, "tableName"), undefined);
    const registries = resources.map(({ type, props }) => {
        return type.startsWith("push-gateway:")
            ? ifKnown(() => text(props, "registryTableName"), undefined)
            : undefined;
    });
    return (tableName !== undefined && registries.includes(tableName))
        || ofType(resources, TABLE).some((table) => {
            return isWithin(table.urn, [REGISTRY, MESSAGE_LOG]) && refersTo(resource, "tableName", table);
        });
}
