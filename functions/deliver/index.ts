import { createDocumentClient } from "../runtime/dynamodb";
import { readEnvironment, text, withDefault } from "../runtime/environment";
import { createDeliverer } from "../deliveries/deliverer";
import { FAN_OUT_VARIABLES, openFanOut } from "../fan-out/open-fan-out";
import { burstOf } from "../fan-out/pace";
import { createLog } from "../runtime/log";
import { openMessageLog } from "../message-log/open-message-log";
import { createMetrics } from "../runtime/metrics";
import { createReplay } from "../replay/replay";
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
