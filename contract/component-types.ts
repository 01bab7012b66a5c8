/** The name of the package that the components are in, by which other languages know it. */
export const PACKAGE = "push-gateway";

/** The components' types, which are part of every resource's identity: Pulumi deletes what had another one. */
export const COMPONENT_TYPES = {
    connectionRegistry: `${PACKAGE}:index:ConnectionRegistry`,
    deliverer: `${PACKAGE}:index:Deliverer`,
    deliveryQueues: `${PACKAGE}:index:DeliveryQueues`,
    lambdaFunction: `${PACKAGE}:index:LambdaFunction`,
    messageLog: `${PACKAGE}:index:MessageLog`,
    notifier: `${PACKAGE}:index:Notifier`,
    pushGateway: `${PACKAGE}:index:PushGateway`,
    pushGatewayReference: `${PACKAGE}:index:PushGatewayReference`,
    pushNamespace: `${PACKAGE}:index:PushNamespace`,
    tableChangeSource: `${PACKAGE}:index:TableChangeSource`,
    webSocketApi: `${PACKAGE}:index:WebSocketApi`,
} as const;
