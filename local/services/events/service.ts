import type { Service } from "../../host/service";
import { lambda } from "../lambda/service";
import { sqs } from "../sqs/service";
import { EventBridge } from "./event-bridge";
import { eventBridgeService } from "./operations";
import { eventsBehaviours } from "./resources";

export const events: Service<"events", EventBridge> = {
    name: "events",
    async start({ authorize, clock, pace, log, use }) {
        const [invoker, queues] = [await use(lambda), await use(sqs)];
        const eventBridge = new EventBridge({ authorize, clock, pace, log, invoker, queues });
        return {
            api: eventBridge,
            endpoint: eventBridgeService(eventBridge),
            resources: eventsBehaviours(eventBridge),
            stop: () => eventBridge.close(),
        };
    },
};
