import type {
    Authorizer,
    Definition,
    Integration,
    IntegrationResponse,
    Route,
    RouteResponse,
    RouteSettings,
    StageSettings,
} from "./definition";
import type { SelectionExpression } from "./selection-expression";

/** A WebSocket API as its parts are registered, each under its id. */
export class WebSocketApi {
    readonly routes = new Part<RouteSettings>(this);
    readonly routeResponses = new Part<RouteResponse>(this);
    readonly integrations = new Part<Integration>(this);
    readonly integrationResponses = new Part<IntegrationResponse>(this);
    readonly authorizers = new Part<Authorizer>(this);
    readonly #deployments = new Map<string, Definition>();
    #routeSelection: SelectionExpression;
    #latest: Definition | undefined;

    constructor(
        readonly id: string,
        routeSelection: SelectionExpression,
    ) {
        this.#routeSelection = routeSelection;
    }

    set routeSelection(expression: SelectionExpression) {
        this.#routeSelection = expression;
        this.changed();
    }

    /** What the parts amount to now: what a stage with automatic deployment serves. */
    get latest(): Definition {
        this.#latest ??= { routeSelection: this.#routeSelection, routes: this.#resolveRoutes() };
        return this.#latest;
    }

    /**
     * Freezes the API as it is now. What is registered later is not in service until it is deployed again, as in AWS:
     * a deployment that does not depend on the routes misses them.
     *
     * @throws Error when there is no route yet
     */
    deploy(deploymentId: string): void {
        if (this.latest.routes.size === 0) {
            throw new Error(
                "Unable to deploy API because no routes exist in this API: let the deployment depend on the routes",
            );
        }
        this.#deployments.set(deploymentId, this.latest);
    }

    undeploy(deploymentId: string): void {
        this.#deployments.delete(deploymentId);
    }

    /**
     * What a stage serves; undefined when nothing has been deployed to it.
     *
     * @throws Error when the stage names a deployment that does not exist
     */
    deployed(stage: StageSettings): Definition | undefined {
        if (stage.autoDeploy) {
            return this.latest;
        }
        if (stage.deploymentId === undefined) {
            return undefined;
        }
        const definition = this.#deployments.get(stage.deploymentId);
        if (definition === undefined) {
            throw new Error(
                `the stage "${stage.name}" names the deployment ${stage.deploymentId}, which does not exist`,
            );
        }
        return definition;
    }

    /** Called by the parts. */
    changed(): void {
        this.#latest = undefined;
    }

    #resolveRoutes(): ReadonlyMap<string, Route> {
        const entries = [...this.routes.entries()];
        return new Map(entries.map(([routeId, settings]) => [settings.routeKey, this.#resolve(routeId, settings)]));
    }

    #resolve(routeId: string, settings: RouteSettings): Route {
        const { routeKey, integrationId, authorizerId } = settings;
        const responses = this.integrationResponses.values();
        return {
            routeKey,
            authorization: authorizationOf(settings, this.authorizers.get(authorizerId)),
            integration: this.integrations.get(integrationId),
            integrationResponses: [...responses].filter((response) => response.integrationId === integrationId),
            answers:
                settings.responds && [...this.routeResponses.values()].some((response) => response.routeId === routeId),
        };
    }
}

/** One kind of an API's parts, by id. */
export class Part<T> {
    readonly #items = new Map<string, T>();

    constructor(private readonly api: Pick<WebSocketApi, "changed">) {}

    get(id: string | undefined): T | undefined {
        return id === undefined ? undefined : this.#items.get(id);
    }

    put(id: string, item: T): void {
        this.#items.set(id, item);
        this.api.changed();
    }

    remove(id: string): void {
        this.#items.delete(id);
        this.api.changed();
    }

    values(): IterableIterator<T> {
        return this.#items.values();
    }

    entries(): IterableIterator<[string, T]> {
        return this.#items.entries();
    }
}

function authorizationOf(settings: RouteSettings, authorizer: Authorizer | undefined): Route["authorization"] {
    switch (settings.authorization) {
        case "NONE":
            return { kind: "none" };
        case "AWS_IAM":
            return { kind: "iam" };
        case "CUSTOM":
            return { kind: "custom", authorizerId: settings.authorizerId ?? "", authorizer };
    }
}
