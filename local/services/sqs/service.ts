import type { Service } from "../../host/service";
import type { Time } from "../../time/timers";
import { sqsService } from "./operations";
import { SqsQueues } from "./queues";
import { sqsBehaviours } from "./resources";

export interface SqsSettings {
    /** What delays and time-outs of messages are measured by, for tests that cannot wait for hours. */
    readonly time?: Time;
}

export const sqs: Service<"sqs", SqsQueues, SqsSettings> = {
    name: "sqs",
    start({ authorize, clock, awsUrl }, { time }) {
        const queues = new SqsQueues({ authorize, clock, endpoint: awsUrl, ...time });
        return {
            api: queues,
            endpoint: sqsService(queues),
            resources: sqsBehaviours(queues),
            policies: {
                service: "sqs",
                of: (arn) => queues.resourcePolicy(arn),
                holders: () => queues.list().map(({ arn }) => arn),
            },
        };
    },
};
