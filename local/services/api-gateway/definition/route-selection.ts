import type { Definition, Route } from "./definition";
import { evaluateSelection, follow } from "./selection-expression";

/** Routes of the connection's own life, which no message selects. */
const LIFECYCLE = new Set(["$connect", "$disconnect"]);

/** The variables of a route selection expression. */
export const ROUTE_SELECTION_ROOTS = ["request.body"];

/**
 * The route of a message: the one whose key the selection expression yields, else `$default`, which also gets what is
 * not JSON. Undefined when there is neither.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 */
export function selectRoute(definition: Definition, message: string): Route | undefined {
    const key = routeKeyOf(definition, message);
    const chosen = key === undefined || LIFECYCLE.has(key) ? undefined : definition.routes.get(key);
    return chosen ?? definition.routes.get("$default");
}

function routeKeyOf(definition: Definition, message: string): string | undefined {
    let json: unknown;
    try {
        json = JSON.parse(message);
    } catch {
        return undefined;
    }
    return evaluateSelection(definition.routeSelection, ([, , ...path]) => follow(json, path));
}
