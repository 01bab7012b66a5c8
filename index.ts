import { PushGateway } from "./components";
import { readConfig } from "./config";

const gateway = new PushGateway("push", readConfig());

// Contract v1: what service stacks read through a PushGatewayReference. Names and types are final.
export const contractVersion = gateway.contractVersion;
export const webSocketUrl = gateway.webSocketUrl;
export const managementEndpoint = gateway.managementEndpoint;
export const registryTableName = gateway.registryTableName;
export const registryTableArn = gateway.registryTableArn;
export const notifierArn = gateway.notifierArn;
export const eventBusName = gateway.eventBusName;
export const eventBusArn = gateway.eventBusArn;
export const namespaceTableName = gateway.namespaceTableName;
export const namespaceTableArn = gateway.namespaceTableArn;
