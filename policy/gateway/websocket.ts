import type { PolicyResource } from "@pulumi/policy";
import { text } from "../resources/properties";
import { ofType, refersTo } from "../resources/references";

/** The WebSocket APIs of a stack. */
export function webSocketApis(resources: readonly PolicyResource[]): readonly PolicyResource[] {
    return ofType(resources, "aws:apigatewayv2/api:Api").filter(
        ({ props }) => text(props, "protocolType")?.toUpperCase() === "WEBSOCKET",
    );
}

/** The routes, stages or authorizers of an API. */
export function partsOf(
    api: PolicyResource,
    type: "Authorizer" | "Route" | "Stage",
    resources: readonly PolicyResource[],
): readonly PolicyResource[] {
    const token = `aws:apigatewayv2/${type.toLowerCase()}:${type}`;
    return ofType(resources, token).filter((part) => refersTo(part, "apiId", api));
}
