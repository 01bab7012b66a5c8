// What other stacks, in any language, see of this package: components, their arguments and enums, and nothing else.
// Pulumi's host walks these exports for components, and its analyzer turns their types into the package's schema.
export { ConnectionRegistry } from "./tables/connection-registry";
export type { ConnectionRegistryArgs, TableHandle } from "./tables/connection-registry";
export { Deliverer } from "./delivery/deliverer";
export type { DelivererArgs } from "./delivery/deliverer";
export { DeliveryQueues } from "./delivery/delivery-queues";
export type { DeliveryQueueHandles, DeliveryQueuesArgs, QueueHandle } from "./delivery/delivery-queues";
export { LambdaFunction } from "./lambda/lambda-function";
export type { FunctionNetwork, LambdaFunctionArgs } from "./lambda/lambda-function";
export { MessageLog } from "./tables/message-log";
export type { MessageLogArgs } from "./tables/message-log";
export type { NetworkArgs } from "./lambda/network";
export { Notifier } from "./delivery/notifier";
export type { NotifierArgs } from "./delivery/notifier";
export type { PolicyCondition, PolicyStatement } from "./permissions/policy-statement";
export { PushGateway } from "./push-gateway";
export type { PushGatewayArgs } from "./push-gateway";
export { PushGatewayReference } from "./push-gateway-reference";
export type { PushGatewayReferenceArgs } from "./push-gateway-reference";
export { PushNamespace } from "./push-namespace";
export type {
    EventMapping,
    NamespaceGateway,
    NamespaceHistory,
    PushNamespaceArgs,
    SubscribeRule,
} from "./push-namespace";
export { TableChange, TableChangeSource } from "./table-change-source";
export type { PublishGateway, TableChangeSourceArgs } from "./table-change-source";
export { WebSocketApi } from "./websocket/websocket-api";
export type { Throttling, WebSocketApiArgs } from "./websocket/websocket-api";
export type { AuthenticationArgs } from "./websocket/websocket-functions";
