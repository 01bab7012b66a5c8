import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { accountReached, isHeldByTrusted, TRUSTED_CALLERS } from "../gateway/callers";
import { ownArnsOfHolder } from "../gateway/holders";
import { gatewayOf, TABLE } from "../gateway/parts";
import { isOfDeliveries, isTable, tablesOfGateways, withContents } from "../gateway/tables";
import { text } from "../resources/properties";
import { ofType, refersTo } from "../resources/references";
import { ifKnown, judgeEach } from "../resources/unknowns";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateWhole } from "../settings/stack-rule";
import { reachedBy } from "../statements/reach";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    trustedCallers: [] as readonly string[],
    tables: [] as readonly string[],
};

/** Everything of DynamoDB that shows items, or has them copied to where others see them. */
const READS = [
    "BatchGetItem",
    "ConditionCheckItem",
    "CreateBackup",
    "CreateTableReplica",
    "DescribeStream",
    "EnableKinesisStreamingDestination",
    "ExportTableToPointInTime",
    "GetItem",
    "GetRecords",
    "GetShardIterator",
    "PartiQLSelect",
    "Query",
    "ReadDataForReplication",
    "Scan",
    "StartAwsBackupJob",
    "UpdateKinesisStreamingDestination",
].map((action) => `dynamodb:${action}`);

/** What copies a table's items, or reads its stream; and the property that names the table or the stream. */
const READERS: Readonly<Record<string, string>> = {
    "aws:dynamodb/contributorInsights:ContributorInsights": "tableName",
    "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": "tableName",
    "aws:dynamodb/tableExport:TableExport": "tableArn",
    "aws:dynamodb/tableReplica:TableReplica": "globalTableArn",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "eventSourceArn",
    "aws:pipes/pipe:Pipe": "source",
};

export const onlyGatewayReadsItsTables: StackValidationPolicy = {
    name: "only-gateway-reads-its-tables",
    description: "Nobody but the gateway's own functions may read who is connected and what was sent.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        ...TRUSTED_CALLERS,
        tables: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of further registries and logs, where no reference to their gateway shows them.",
            default: DEFAULTS.tables,
        },
    }),
    remediationSteps:
        "Remove it. Whoever reads the message log listens to every team, past every subscribe rule: subscribe as a " +
        "client does. List the role of an operator in the setting `trustedCallers`.",
    validateStack: validateWhole(DEFAULTS, (resources, { tables, ...trust }, report) => {
        const arns = [...tables, ...tablesOfGateways(resources).deliveries];
        const targets = withContents(arns);
        judgeEach(resources, (resource) => {
            if (readsItems(resource, resources, arns)) {
                report(resource.urn, "It copies what the gateway sends, or who is connected. Remove it.");
            }
            const isIdentity = IDENTITY_POLICY_TYPES.includes(resource.type);
            const own = isIdentity ? ownArnsOfHolder(resource, resources) : [];
            judgeAllowed(resource, (statement) => {
                const read = reachedBy(statement, READS, targets, own);
                const isTrusted = (table: string): boolean => {
                    return isIdentity && isHeldByTrusted(resource, resources, trust, accountReached(statement, table));
                };
                if (read !== undefined && !isTrusted(read)) {
                    report(
                        resource.urn,
                        `${nameOf(statement)} allows reading ${read}, the gateway's. ` +
                            "Remove it: subscribe as a client in its place.",
                    );
                }
            });
        });
    }),
};

function readsItems(reader: PolicyResource, resources: readonly PolicyResource[], arns: readonly string[]): boolean {
    const property = READERS[reader.type];
    if (property === undefined || gatewayOf(reader) !== undefined) {
        return false;
    }
    const given = ifKnown(() => text(reader.props, property), undefined);
    const named = given?.replace(/\/stream\/.*$/, "");
    return (
        (named !== undefined && arns.some((arn) => isTable(named, arn))) ||
        ofType(resources, TABLE)
            .filter(isOfDeliveries)
            .some((table) => refersTo(reader, property, table))
    );
}
