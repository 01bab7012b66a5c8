import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../contract/component-types";
import { ConnectionRegistry } from "./tables/connection-registry";
import { CONTRACT_VERSION } from "../contract/outputs";
import { NAMESPACE_KEY } from "../contract/tables";
import type { DeliveryQueueHandles } from "./delivery/delivery-queues";
import { DeliveryQueues } from "./delivery/delivery-queues";
import { checkedArguments } from "./validation/checked-arguments";
import { GATEWAY_ARGUMENTS, validateGateway } from "./validation/gateway-arguments";
import { InputProblems } from "./validation/input-problems";
import { validateName } from "./validation/physical-names";
import type { FunctionNetwork } from "./lambda/lambda-function-args";
import { MessageLog } from "./tables/message-log";
import { createNetwork } from "./lambda/network";
import { Notifier } from "./delivery/notifier";
import type { ContractOutputs } from "./references/contract-outputs";
import { contractOutputs } from "./references/contract-outputs";
import { createProtectedTable } from "./tables/protected-table";
import { WebSocketApi } from "./websocket/websocket-api";
import type { PushGatewayArgs } from "./arguments/push-gateway-args";

/**
 * Everything that pushes messages to browsers: the registry of connections, the WebSocket API they come in by, the bus
 * that services publish on, the notifier between bus and API, and the table in which services register their
 * namespaces.
 *
 * @example
 * const gateway = new PushGateway("push", {
 *     issuer: "https://login.example.com/",
 *     audience: ["push-gateway"],
 *     allowedOrigins: ["https://shop.example.com"],
 * });
 */
export class PushGateway extends pulumi.ComponentResource implements ContractOutputs {
    /** Version of the contract that these outputs keep. */
    declare readonly contractVersion: pulumi.Output<number>;
    /** Where browsers connect: `wss://…/v1`. */
    declare readonly webSocketUrl: pulumi.Output<string>;
    /** Where `@connections` is served: `https://…/v1`. */
    declare readonly managementEndpoint: pulumi.Output<string>;
    declare readonly registryTableName: pulumi.Output<string>;
    declare readonly registryTableArn: pulumi.Output<string>;
    /** The function to invoke for a direct push with a report. */
    declare readonly notifierArn: pulumi.Output<string>;
    declare readonly eventBusName: pulumi.Output<string>;
    /** The bus to publish on. */
    declare readonly eventBusArn: pulumi.Output<string>;
    declare readonly namespaceTableName: pulumi.Output<string>;
    /** The table that namespaces are registered in. */
    declare readonly namespaceTableArn: pulumi.Output<string>;

    /** @throws pulumi.InputPropertiesError that lists every argument that could never work */
    constructor(name: string, args: PushGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.pushGateway, name, args, opts);
        const known = checked(name, args);
        const registry = new ConnectionRegistry(`${name}-registry`, { protect: known.protect }, { parent: this });
        const messageLog = new MessageLog(`${name}-log`, { protect: known.protect ?? false }, { parent: this });
        const namespaces = createNamespaceTable(name, known, { parent: this });
        const bus = createBus(name, { parent: this });
        const network = placeFunctions(name, known, registry, { parent: this });
        const queues = new DeliveryQueues(`${name}-delivery`, { alarmActions: known.alarmActions }, { parent: this });
        const parts: Parts = { registry, messageLog, namespaces, bus, network, queues };
        const api = createApi(name, known, parts, { parent: this });
        const notifier = createNotifier(name, known, parts, api, { parent: this });
        const outputs: ContractOutputs = {
            contractVersion: pulumi.output(CONTRACT_VERSION),
            webSocketUrl: api.webSocketUrl,
            managementEndpoint: api.managementEndpoint,
            registryTableName: registry.tableName,
            registryTableArn: registry.tableArn,
            notifierArn: notifier.functionArn,
            eventBusName: bus.name,
            eventBusArn: bus.arn,
            namespaceTableName: namespaces.name,
            namespaceTableArn: namespaces.arn,
        };
        Object.assign(this, outputs);
        this.registerOutputs(outputs);
    }

    /** The outputs that a platform stack exports, and no others: contract v1. */
    contract(): ContractOutputs {
        return contractOutputs((name) => this[name]);
    }
}

/** The parts that the API and the notifier share. */
interface Parts {
    readonly registry: ConnectionRegistry;
    readonly messageLog: MessageLog;
    readonly namespaces: aws.dynamodb.Table;
    readonly bus: aws.cloudwatch.EventBus;
    readonly network: FunctionNetwork | undefined;
    readonly queues: DeliveryQueues;
}

/** The arguments as everything below takes them: what is known is right, and what is not is checked once it is. */
function checked(name: string, args: PushGatewayArgs): PushGatewayArgs {
    const component = `PushGateway "${name}"`;
    const problems = new InputProblems(component);
    validateName("PushGateway", name, problems);
    validateGateway(args, problems);
    problems.throwIfAny();
    return checkedArguments(component, GATEWAY_ARGUMENTS, args);
}

function createNamespaceTable(
    name: string,
    args: PushGatewayArgs,
    opts: pulumi.CustomResourceOptions,
): aws.dynamodb.Table {
    return createProtectedTable(`${name}-namespaces`, { hashKey: NAMESPACE_KEY, protect: args.protect ?? false }, opts);
}

function createBus(name: string, opts: pulumi.CustomResourceOptions): aws.cloudwatch.EventBus {
    return new aws.cloudwatch.EventBus(`${name}-bus`, { description: "What services push to browsers" }, opts);
}

function placeFunctions(
    name: string,
    args: PushGatewayArgs,
    registry: ConnectionRegistry,
    opts: pulumi.CustomResourceOptions,
): FunctionNetwork | undefined {
    // The Region that the provider really uses, without asking it: `arn:aws:dynamodb:us-east-1:…`.
    const region = registry.tableArn.apply((arn) => arn.split(":")[3] ?? "");
    return args.network === undefined ? undefined : createNetwork(`${name}-network`, args.network, region, opts);
}

function createApi(
    name: string,
    args: PushGatewayArgs,
    parts: Parts,
    opts: pulumi.ComponentResourceOptions,
): WebSocketApi {
    return new WebSocketApi(
        `${name}-websocket`,
        {
            authentication: {
                issuer: args.issuer,
                audience: args.audience,
                jwksUri: args.jwksUri,
                allowedOrigins: args.allowedOrigins,
                tokenInQuery: args.tokenInQuery,
                userIdClaim: args.userIdClaim,
                forwardedClaims: args.forwardedClaims,
            },
            registry: { name: parts.registry.tableName, arn: parts.registry.tableArn },
            messageLog: { name: parts.messageLog.tableName, arn: parts.messageLog.tableArn },
            namespaces: { name: parts.namespaces.name, arn: parts.namespaces.arn },
            deliveries: handlesOf(parts.queues).deliveries,
            maxSubscriptionsPerConnection: args.maxSubscriptionsPerConnection,
            throttling: args.throttling,
            logRetentionDays: args.logRetentionDays,
            manageApiGatewayLogging: args.manageApiGatewayLogging,
            network: parts.network,
        },
        opts,
    );
}

function createNotifier(
    name: string,
    args: PushGatewayArgs,
    parts: Parts,
    api: WebSocketApi,
    opts: pulumi.ComponentResourceOptions,
): Notifier {
    return new Notifier(
        `${name}-notifier`,
        {
            registry: { name: parts.registry.tableName, arn: parts.registry.tableArn },
            messageLog: { name: parts.messageLog.tableName, arn: parts.messageLog.tableArn },
            namespaces: { name: parts.namespaces.name, arn: parts.namespaces.arn },
            eventBusName: parts.bus.name,
            managementEndpoint: api.managementEndpoint,
            postArn: api.postArn,
            deliveryRate: args.deliveryRate,
            deliveryConcurrency: args.deliveryConcurrency,
            logRetentionDays: args.logRetentionDays,
            queues: handlesOf(parts.queues),
            network: parts.network,
        },
        opts,
    );
}

function handlesOf(queues: DeliveryQueues): DeliveryQueueHandles {
    return {
        deliveries: { url: queues.deliveriesUrl, arn: queues.deliveriesArn },
        deadLetters: { url: queues.deadLettersUrl, arn: queues.deadLettersArn },
    };
}
