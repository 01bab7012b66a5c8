import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { attachedPoliciesAreKnown } from "./rules/attached-policies-are-known";
import { connectIsAuthorized } from "./rules/connect-is-authorized";
import { eventTargetsHaveDeadLetters } from "./rules/event-targets-have-dead-letters";
import { expiringTablesHaveTtl } from "./rules/expiring-tables-have-ttl";
import { functionPermissionsNameSource } from "./rules/function-permissions-name-source";
import { functionsLogToKnownGroups } from "./rules/functions-log-to-known-groups";
import { logGroupsExpire } from "./rules/log-groups-expire";
import { manageConnectionsIsScoped } from "./rules/manage-connections-is-scoped";
import { noWildcardActions } from "./rules/no-wildcard-actions";
import { noWildcardResources } from "./rules/no-wildcard-resources";
import { onlyGatewayCallsItsFunctions } from "./rules/only-gateway-calls-its-functions";
import { onlyGatewayChangesItsApi } from "./rules/only-gateway-changes-its-api";
import { onlyGatewayHasItsRoles } from "./rules/only-gateway-has-its-roles";
import { onlyGatewayListensOnItsBus } from "./rules/only-gateway-listens-on-its-bus";
import { onlyGatewayReachesConnections } from "./rules/only-gateway-reaches-connections";
import { onlyGatewayReadsItsTables } from "./rules/only-gateway-reads-its-tables";
import { onlyGatewayUsesItsQueues } from "./rules/only-gateway-uses-its-queues";
import { onlyGatewayWritesItsTables } from "./rules/only-gateway-writes-its-tables";
import { policiesAreReadable } from "./rules/policies-are-readable";
import { putEventsNamesItsSource } from "./rules/put-events-names-its-source";
import { resourcesAreReadable } from "./rules/resources-are-readable";
import { rolesNameWhoAssumesThem } from "./rules/roles-name-who-assumes-them";
import { stagesAreThrottled } from "./rules/stages-are-throttled";
import { stagesHaveAccessLogs } from "./rules/stages-have-access-logs";
import { streamSourcesBoundFailures } from "./rules/stream-sources-bound-failures";
import { tablesAreEncrypted } from "./rules/tables-are-encrypted";
import { tablesAreProtected } from "./rules/tables-are-protected";
import { tablesAreRecoverable } from "./rules/tables-are-recoverable";

/** Each resource by itself, before it is created or changed. */
export const resourcePolicies: readonly ResourceValidationPolicy[] = [
    expiringTablesHaveTtl,
    tablesAreEncrypted,
    tablesAreRecoverable,
    tablesAreProtected,
    logGroupsExpire,
    policiesAreReadable,
    resourcesAreReadable,
    noWildcardActions,
    noWildcardResources,
    manageConnectionsIsScoped,
    functionPermissionsNameSource,
    rolesNameWhoAssumesThem,
    streamSourcesBoundFailures,
    eventTargetsHaveDeadLetters,
];

/** All resources of a stack together, at the end of a preview or an update. */
export const stackPolicies: readonly StackValidationPolicy[] = [
    attachedPoliciesAreKnown,
    putEventsNamesItsSource,
    onlyGatewayWritesItsTables,
    onlyGatewayReadsItsTables,
    onlyGatewayHasItsRoles,
    onlyGatewayChangesItsApi,
    onlyGatewayReachesConnections,
    onlyGatewayCallsItsFunctions,
    onlyGatewayUsesItsQueues,
    onlyGatewayListensOnItsBus,
    connectIsAuthorized,
    stagesHaveAccessLogs,
    stagesAreThrottled,
    functionsLogToKnownGroups,
];

/** The whole pack. */
export const policies = [...resourcePolicies, ...stackPolicies];
