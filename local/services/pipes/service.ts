import type { Service } from "../../host/service";
import { events } from "../events/service";
import { sqs } from "../sqs/service";
import { streams } from "../streams/service";
import { Pipes } from "./pipes";
import { pipesBehaviours } from "./resources";

export const pipes: Service<"pipes", Pipes> = {
    name: "pipes",
    async start({ authorize, clock, pace, log, use }) {
        const sources = { streams: await use(streams) };
        const targets = { events: await use(events), queues: await use(sqs) };
        const running = new Pipes({ authorize, clock, pace, log, ...sources, ...targets });
        return { api: running, resources: pipesBehaviours(running), stop: () => running.close() };
    },
};
