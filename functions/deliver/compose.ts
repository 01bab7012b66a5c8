import { createDeliverer } from "../deliveries/deliverer";
import type { Edges } from "../edges/edges";
import { openFanOut } from "../fan-out/open-fan-out";
import { delivererRole } from "../fan-out/roles";
import { openMessageLog } from "../message-log/open-message-log";
import { createReplay } from "../replay/replay";
import { createDeliverHandler } from "./handler";
import type { DeliverSettings } from "./settings";

export type DeliverEdges = Omit<Edges, "fetchJson">;

export function compose(settings: DeliverSettings, edges: DeliverEdges): ReturnType<typeof createDeliverHandler> {
    const { putLetter, metrics, log } = edges;
    const { posting, deliver, expand } = openFanOut(settings, delivererRole(settings.deliveryRate), edges);
    const { history } = openMessageLog(settings.messageLogTable, edges);
    const replay = createReplay({ ...posting, history, putLetter });
    return createDeliverHandler(createDeliverer({ deliver, expand, replay, putLetter, metrics, log }), log);
}
