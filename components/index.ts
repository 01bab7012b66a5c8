// What other stacks, in any language, see of this package: components, their arguments and enums, and nothing else.
// Pulumi's host walks these exports for components, and its analyzer turns their types into the package's schema.
export { ConnectionRegistry } from "./connection-registry";
export type { ConnectionRegistryArgs, TableHandle } from "./connection-registry";
export { Deliverer } from "./deliverer";
export type { DelivererArgs } from "./deliverer";
export { DeliveryQueues } from "./delivery-queues";
export type { DeliveryQueueHandles, DeliveryQueuesArgs, QueueHandle } from "./delivery-queues";
export { LambdaFunction } from "./lambda-function";
export type { FunctionNetwork, LambdaFunctionArgs } from "./lambda-function";
export { MessageLog } from "./message-log";
export type { MessageLogArgs } from "./message-log";
export type { NetworkArgs } from "./network";
export { Notifier } from "./notifier";
export type { NotifierArgs } from "./notifier";
export type { PolicyCondition, PolicyStatement } from "./policy-statement";
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
export { WebSocketApi } from "./websocket-api";
export type { Throttling, WebSocketApiArgs } from "./websocket-api";
export type { AuthenticationArgs } from "./websocket-functions";
