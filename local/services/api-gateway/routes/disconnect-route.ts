import { writeAccessLog } from "../events/access-log";
import { disconnectEvent, type ConnectionFacts, type Disconnection } from "../events/events";
import type { LostDisconnects } from "./lost-disconnects";
import type { RouteDependencies } from "./route-dependencies";
import { newRouteEvent } from "../events/route-event";

/** Tells the API that a connection is over. Best effort: its answer interests nobody, and a failure is only logged. */
export class DisconnectRoute {
    constructor(
        private readonly dependencies: RouteDependencies,
        private readonly isLost: LostDisconnects = () => false,
    ) {}

    /** Never rejects. */
    async run(facts: ConnectionFacts, end: Disconnection): Promise<void> {
        const { catalog, integrations, clock, accessLog } = this.dependencies;
        const stage = catalog.stage(facts.stage);
        if (stage?.apiId !== facts.apiId || this.isLost(facts.connectionId)) {
            return;
        }
        const event = newRouteEvent(stage, "$disconnect", "DISCONNECT", clock());
        const payload = disconnectEvent(facts, event, end);
        const route = stage.definition.routes.get("$disconnect");
        let status = 200;
        if (route?.integration !== undefined) {
            const result = await integrations.run({
                apiId: facts.apiId,
                stage: facts.stage,
                route,
                event: payload,
                body: "",
            });
            status = result.ok ? result.statusCode : 500;
        }
        const integrationLatency = clock() - event.at;
        writeAccessLog(accessLog, stage, { requestContext: payload["requestContext"], status, integrationLatency });
    }
}
