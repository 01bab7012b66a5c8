import type { Service } from "../../host/service";
import { lambda } from "../lambda/service";
import { sqs } from "../sqs/service";
import { streams } from "../streams/service";
import { EventSourceMappings } from "./event-source-mappings";
import { eventSourceMappingBehaviours } from "./resources";

/** What feeds functions from queues and streams. A part of Lambda, which is why it has no endpoint of its own. */
export const eventSourceMappings: Service<"eventSourceMappings", EventSourceMappings> = {
    name: "eventSourceMappings",
    async start({ clock, pace, log, use }) {
        const sources = { queues: await use(sqs), streams: await use(streams) };
        const mappings = new EventSourceMappings({ functions: await use(lambda), ...sources, clock, pace, log });
        return {
            api: mappings,
            resources: eventSourceMappingBehaviours(mappings),
            stop: () => mappings.close(),
        };
    },
};
