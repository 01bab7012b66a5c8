import { REGION } from "../../aws/account";
import { executionArn, type ApiCatalog } from "./definition/api-catalog";
import { stableId } from "./definition/identifiers";
import type { Part, WebSocketApi } from "./definition/web-socket-api";
import { Inputs } from "../../resources/inputs";
import {
    readAuthorizer,
    readIntegration,
    readIntegrationResponse,
    readRoute,
    readRouteResponse,
    readRouteSelection,
    readStage,
} from "./part-resources";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";

export interface ApiGatewayResources {
    readonly catalog: ApiCatalog;
    /** Where the gateway listens, for example `127.0.0.1:4510`. */
    readonly host: () => string;
}

/** The WebSocket APIs of a graph, put in service on the gateway. HTTP APIs are refused. */
export function apiGatewayBehaviours({ catalog, host }: ApiGatewayResources): ResourceBehaviours {
    return {
        "aws:apigatewayv2/api:Api": apis(catalog, host),
        "aws:apigatewayv2/route:Route": part(catalog, (api) => api.routes, {
            read: readRoute,
            check: refuseSecondRoute,
        }),
        "aws:apigatewayv2/routeResponse:RouteResponse": part(catalog, (api) => api.routeResponses, {
            read: readRouteResponse,
        }),
        "aws:apigatewayv2/integration:Integration": part(catalog, (api) => api.integrations, { read: readIntegration }),
        "aws:apigatewayv2/integrationResponse:IntegrationResponse": part(catalog, (api) => api.integrationResponses, {
            read: readIntegrationResponse,
        }),
        "aws:apigatewayv2/authorizer:Authorizer": part(catalog, (api) => api.authorizers, {
            read: (inputs, registration) => readAuthorizer(inputs, nameOf(registration)),
            outputs: (registration) => ({ name: nameOf(registration) }),
        }),
        "aws:apigatewayv2/deployment:Deployment": deployments(catalog),
        "aws:apigatewayv2/stage:Stage": stages(catalog, host),
        // The role that API Gateway writes logs under: nothing here needs it.
        "aws:apigateway/account:Account": {
            create: () => ({ id: "api-gateway-account", outputs: {} }),
            delete: () => undefined,
        },
    };
}

function apis(catalog: ApiCatalog, host: () => string): ResourceBehaviour {
    const created = (registration: Registration, id: string): Created => ({
        id,
        outputs: {
            name: nameOf(registration),
            arn: `arn:aws:apigateway:${REGION}::/apis/${id}`,
            apiEndpoint: `ws://${host()}`,
            executionArn: executionArn(id),
        },
    });
    return {
        create(registration) {
            const id = stableId(registration.urn, 10);
            catalog.createApi(id, readRouteSelection(webSocketInputs(registration)));
            return created(registration, id);
        },
        update(registration, { id }) {
            catalog.api(id).routeSelection = readRouteSelection(webSocketInputs(registration));
            return created(registration, id);
        },
        delete({ id }) {
            catalog.deleteApi(id);
        },
    };
}

function webSocketInputs(registration: Registration): Inputs {
    const inputs = new Inputs(registration);
    if (inputs.string("protocolType") !== "WEBSOCKET") {
        throw inputs.error(
            "`protocolType` must be WEBSOCKET: the local cloud serves no HTTP APIs; give the function a URL instead",
        );
    }
    inputs.refuse("is for HTTP APIs only", "body", "corsConfiguration", "credentialsArn", "routeKey", "target");
    inputs.refuse("is not served by the local cloud, which has no custom domains", "disableExecuteApiEndpoint");
    return inputs;
}

interface PartReading<T> {
    readonly read: (inputs: Inputs, registration: Registration) => T;
    /** Throws when the API cannot have this part beside what it has. */
    readonly check?: (api: WebSocketApi, id: string, item: T) => void;
    readonly outputs?: (registration: Registration) => Readonly<Record<string, unknown>>;
}

/** What an API consists of: each is registered under the API's id and an id of its own. */
function part<T>(
    catalog: ApiCatalog,
    partOf: (api: WebSocketApi) => Part<T>,
    reading: PartReading<T>,
): ResourceBehaviour {
    const put = (registration: Registration, id: string): Created => {
        const inputs = new Inputs(registration);
        const apiId = inputs.string("apiId");
        const item = reading.read(inputs, registration);
        inputs.within(() => {
            const api = catalog.api(apiId);
            reading.check?.(api, id, item);
            partOf(api).put(id, item);
        });
        return { id, outputs: { apiId, ...reading.outputs?.(registration) } };
    };
    const remove = ({ id, outputs }: Created): void => {
        const api = catalog.find(String(outputs["apiId"]));
        if (api !== undefined) {
            partOf(api).remove(id);
        }
    };
    return {
        create: (registration) => put(registration, stableId(registration.urn, 7)),
        update(registration, current) {
            if (registration.inputs["apiId"] !== current.outputs["apiId"]) {
                remove(current);
            }
            return put(registration, current.id);
        },
        delete: remove,
    };
}

function refuseSecondRoute(api: WebSocketApi, id: string, { routeKey }: { readonly routeKey: string }): void {
    if ([...api.routes.entries()].some(([other, route]) => other !== id && route.routeKey === routeKey)) {
        throw new Error(`the API has a route with the key "${routeKey}" already`);
    }
}

/** Without `update`: a deployment is what the API was at one time, so a change of its triggers makes another. */
function deployments(catalog: ApiCatalog): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            const apiId = inputs.string("apiId");
            const id = stableId(JSON.stringify([registration.urn, registration.inputs]), 6);
            inputs.within(() => {
                catalog.api(apiId).deploy(id);
            });
            return { id, outputs: { apiId, autoDeployed: false } };
        },
        delete({ id, outputs }) {
            catalog.find(String(outputs["apiId"]))?.undeploy(id);
        },
    };
}

function stages(catalog: ApiCatalog, host: () => string): ResourceBehaviour {
    const put = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        const apiId = inputs.string("apiId");
        const name = nameOf(registration);
        const settings = readStage(inputs, name);
        inputs.within(() => {
            catalog.putStage(apiId, settings);
        });
        return {
            id: name,
            outputs: {
                apiId,
                name,
                arn: `arn:aws:apigateway:${REGION}::/apis/${apiId}/stages/${name}`,
                executionArn: `${executionArn(apiId)}/${name}`,
                invokeUrl: `ws://${host()}/${name}`,
            },
        };
    };
    const remove = ({ id, outputs }: Created): void => {
        catalog.deleteStage(String(outputs["apiId"]), id);
    };
    return {
        create: put,
        update(registration, current) {
            if (nameOf(registration) !== current.id || registration.inputs["apiId"] !== current.outputs["apiId"]) {
                remove(current);
            }
            return put(registration);
        },
        delete: remove,
    };
}

function nameOf(registration: Registration): string {
    return physicalName(registration, registration.inputs["name"]);
}
