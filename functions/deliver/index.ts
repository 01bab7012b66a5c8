import { createDocumentClient } from "../lib/dynamodb";
import { readEnvironment, text, withDefault } from "../lib/environment";
import { createDeliverer } from "../lib/fan-out/deliverer";
import { FAN_OUT_VARIABLES, openFanOut } from "../lib/fan-out/open-fan-out";
import { burstOf } from "../lib/fan-out/pace";
import { createLog } from "../lib/log";
import { openMessageLog } from "../lib/message-log/open-message-log";
import { createMetrics } from "../lib/metrics";
import { createReplay } from "../lib/replay/replay";
import { createDeliverHandler } from "./handler";

const environment = readEnvironment(process.env, {
    ...FAN_OUT_VARIABLES,
    messageLogTable: text("MESSAGE_LOG_TABLE"),
    functionName: withDefault(text, "AWS_LAMBDA_FUNCTION_NAME", "deliver"),
});

const log = createLog();
const metrics = createMetrics(environment.functionName, Date.now);
const role = { burst: burstOf(environment.workerRate), patient: true, budgetMs: 10_000 };
const documents = createDocumentClient();
const { posting, deliver, expand, putLetter } = openFanOut(environment, role, documents, log);
const { history } = openMessageLog(documents, environment.messageLogTable);
const replay = createReplay({ ...posting, history, putLetter });

export const handler = createDeliverHandler(createDeliverer({ deliver, expand, replay, putLetter, metrics, log }), log);
