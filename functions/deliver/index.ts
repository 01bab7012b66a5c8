import { createDocumentClient } from "../runtime/dynamodb";
import { readSettings } from "../runtime/settings";
import { createDeliverer } from "../deliveries/deliverer";
import { openFanOut } from "../fan-out/open-fan-out";
import { burstOf, paceFor } from "../fan-out/pace";
import { createLog } from "../runtime/log";
import { openMessageLog } from "../message-log/open-message-log";
import { createMetrics } from "../runtime/metrics";
import { createReplay } from "../replay/replay";
import { createDeliverHandler } from "./handler";
import { DELIVER_SETTINGS } from "./settings";

const environment = readSettings(process.env, DELIVER_SETTINGS);

const log = createLog();
const metrics = createMetrics(environment.functionName, Date.now);
const role = { burst: burstOf(paceFor(environment.deliveryRate).workerRate), patient: true, budgetMs: 10_000 };
const documents = createDocumentClient();
const { posting, deliver, expand, putLetter } = openFanOut(environment, role, documents, log);
const { history } = openMessageLog(documents, environment.messageLogTable);
const replay = createReplay({ ...posting, history, putLetter });

export const handler = createDeliverHandler(createDeliverer({ deliver, expand, replay, putLetter, metrics, log }), log);
