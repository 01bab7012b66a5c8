// What other stacks, in any language, see of this package: components, their arguments and enums, and nothing else.
// Pulumi's host walks these exports for components, and its analyzer turns their types into the package's schema. What is
// for TypeScript programs alone has a path of its own: `components/lambda`.
export type { NetworkArgs } from "./lambda/network";
export { PushGateway } from "./push-gateway";
export type { PushGatewayArgs } from "./arguments/push-gateway-args";
export { PushGatewayReference } from "./push-gateway-reference";
export type { PushGatewayReferenceArgs } from "./push-gateway-reference";
export { PushNamespace } from "./push-namespace";
export type {
    EventMapping,
    NamespaceGateway,
    NamespaceHistory,
    PushNamespaceArgs,
    SubscribeRule,
} from "./arguments/push-namespace-args";
export { TableChangeSource } from "./table-change-source";
export { TableChange } from "./arguments/table-change-source-args";
export type { PublishGateway, TableChangeSourceArgs } from "./arguments/table-change-source-args";
export type { Throttling } from "./websocket/websocket-api-args";
export type { AuthenticationArgs } from "./websocket/authentication-args";
