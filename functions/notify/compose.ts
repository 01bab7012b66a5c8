import type { Edges } from "../edges/edges";
import { createDirectAllowance, TableAllowanceRow } from "../fan-out/direct-allowance";
import { openFanOut } from "../fan-out/open-fan-out";
import { notifierRole } from "../fan-out/roles";
import { paceFor } from "../fan-out/pace";
import { createPlanner } from "../fan-out/planner";
import { openMessageLog } from "../message-log/open-message-log";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { createPublisher } from "../publishing/publisher";
import { createNotifyHandler } from "./handler";
import type { NotifySettings } from "./settings";

export type NotifyEdges = Omit<Edges, "fetchJson">;

export function compose(settings: NotifySettings, edges: NotifyEdges): ReturnType<typeof createNotifyHandler> {
    const { documents, transport, clock, newId, log, metrics } = edges;
    const { deliveryRate, namespaceTable, messageLogTable } = settings;
    const { directAudience } = paceFor(deliveryRate);
    const { posting, audience, deliver, expand } = openFanOut(settings, notifierRole(deliveryRate), edges);
    const row = new TableAllowanceRow(documents, messageLogTable);
    const ask = createDirectAllowance({ row, directAudience, clock, log });
    return createNotifyHandler({
        namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
        publish: createPublisher({
            fanOut: createPlanner({ ...posting, audience, deliver, expand, ask, directAudience }),
            clock,
            messageLog: openMessageLog(messageLogTable, edges).messageLog,
        }),
        maxFrameBytes: transport.maxFrameBytes,
        deadLetters: posting.deadLetters,
        metrics,
        log,
        clock,
        randomId: newId,
    });
}
