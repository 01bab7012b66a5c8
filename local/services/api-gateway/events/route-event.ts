import type { Stage } from "../definition/api-catalog";
import type { EventFacts } from "./events";
import { newRequestId } from "../definition/identifiers";

/** A new event on a route of the stage, under a request id of its own. */
export function newRouteEvent(
    stage: Stage,
    routeKey: string,
    eventType: EventFacts["eventType"],
    now: number,
): EventFacts {
    return { routeKey, eventType, requestId: newRequestId(), at: now, stageVariables: stage.settings.variables };
}
