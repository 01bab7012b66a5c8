import { randomUUID } from "node:crypto";
import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { createDirectAllowance, TableAllowanceRow } from "../fan-out/direct-allowance";
import { openFanOut } from "../fan-out/open-fan-out";
import { paceFor } from "../fan-out/pace";
import { createPlanner } from "../fan-out/planner";
import { createLog } from "../runtime/log";
import { openMessageLog } from "../message-log/open-message-log";
import { createMetrics } from "../runtime/metrics";
import { cachedNamespaces, loadFromTable } from "../namespaces/namespaces";
import { createPublisher } from "../publishing/publisher";
import { createNotifyHandler } from "./handler";
import { NOTIFY_SETTINGS } from "./settings";

const environment = readSettings(process.env, NOTIFY_SETTINGS);

const { namespaceTable, messageLogTable } = environment;
const { directAudience } = paceFor(environment.deliveryRate);
const clock = Date.now;
const log = createLog();
const documents = createDocumentClient();
const role = { burst: directAudience, patient: false, budgetMs: 60_000 };
const { transport, audience, posting, deliver, expand, deadLetters } = openFanOut(environment, role, documents, log);
const ask = createDirectAllowance({
    row: new TableAllowanceRow(documents, messageLogTable),
    directAudience,
    clock,
    log,
});

export const handler = createNotifyHandler({
    namespaces: cachedNamespaces(loadFromTable(documents, namespaceTable, log), clock),
    publish: createPublisher({
        fanOut: createPlanner({ ...posting, audience, deliver, expand, ask, directAudience }),
        clock,
        messageLog: openMessageLog(documents, messageLogTable).messageLog,
    }),
    maxFrameBytes: transport.maxFrameBytes,
    deadLetters,
    metrics: createMetrics(environment.functionName, clock),
    log,
    clock,
    randomId: randomUUID,
});
