import type { QueueAttributes } from "./attributes";
import type { Queue } from "./queue";
import type { SqsQueues } from "./queues";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";

/** Queues, standard and FIFO, and their resource policies. */
export function sqsBehaviours(queues: SqsQueues): ResourceBehaviours {
    return {
        "aws:sqs/queue:Queue": queueBehaviour(queues),
        "aws:sqs/queuePolicy:QueuePolicy": queuePolicyBehaviour(queues),
    };
}

function queueBehaviour(queues: SqsQueues): ResourceBehaviour {
    const describe = (queue: Queue): Created => ({
        // The provider's id of a queue is its URL.
        id: queues.url(queue),
        outputs: { arn: queue.arn, url: queues.url(queue), name: queue.name, policy: queue.settings.policy ?? "" },
    });
    const create = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        const attributes = attributesOf(inputs);
        return inputs.within(() => describe(queues.create(nameOf(registration), attributes)));
    };
    const remove = ({ outputs }: Created): void => {
        queues.remove(String(outputs["arn"]));
    };
    return {
        create,
        update(registration, current) {
            const queue = queues.find(String(current.outputs["arn"]));
            if (queue?.name !== nameOf(registration)) {
                remove(current);
                return create(registration);
            }
            const inputs = new Inputs(registration);
            const attributes = attributesOf(inputs);
            return inputs.within(() => {
                queues.setAttributes(queue, attributes);
                return describe(queue);
            });
        },
        delete: remove,
    };
}

function nameOf(registration: Registration): string {
    const { name, namePrefix, fifoQueue } = registration.inputs;
    const chosen = physicalName(registration, name, namePrefix);
    // The provider gives the name that it makes the end that AWS asks for.
    return fifoQueue === true && typeof name !== "string" ? `${chosen}.fifo` : chosen;
}

/** Every setting by name, so that one that is gone from the program goes back to its default. */
function attributesOf(inputs: Inputs): QueueAttributes {
    const policy = inputs.optionalString("policy");
    const encrypted = inputs.optionalString("kmsMasterKeyId");
    return {
        DelaySeconds: String(inputs.optionalNumber("delaySeconds") ?? 0),
        // The provider's default. That of CreateQueue is the most that there is.
        MaximumMessageSize: String(inputs.optionalNumber("maxMessageSize") ?? 262_144),
        MessageRetentionPeriod: String(inputs.optionalNumber("messageRetentionSeconds") ?? 345_600),
        ReceiveMessageWaitTimeSeconds: String(inputs.optionalNumber("receiveWaitTimeSeconds") ?? 0),
        VisibilityTimeout: String(inputs.optionalNumber("visibilityTimeoutSeconds") ?? 30),
        RedrivePolicy: inputs.optionalString("redrivePolicy") ?? "",
        RedriveAllowPolicy: inputs.optionalString("redriveAllowPolicy") ?? "",
        ...(inputs.flag("fifoQueue")
            ? {
                  FifoQueue: "true",
                  ContentBasedDeduplication: String(inputs.flag("contentBasedDeduplication")),
                  DeduplicationScope: inputs.optionalString("deduplicationScope") ?? "queue",
                  FifoThroughputLimit: inputs.optionalString("fifoThroughputLimit") ?? "perQueue",
              }
            : {}),
        // The policy may also come from a QueuePolicy, which a change of the queue leaves alone.
        ...(policy === undefined ? {} : { Policy: policy }),
        ...(encrypted === undefined ? {} : { KmsMasterKeyId: encrypted, SqsManagedSseEnabled: "false" }),
    };
}

function queuePolicyBehaviour(queues: SqsQueues): ResourceBehaviour {
    const put = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        const queueUrl = inputs.string("queueUrl");
        const queue = queues.list().find((candidate) => queues.url(candidate) === queueUrl);
        if (queue === undefined) {
            throw inputs.error(`there is no queue ${queueUrl}`);
        }
        const given = registration.inputs["policy"];
        const policy = typeof given === "string" ? given : JSON.stringify(given);
        inputs.within(() => {
            queues.setAttributes(queue, { Policy: policy });
        });
        return { id: queueUrl, outputs: { queueUrl, policy, queueArn: queue.arn } };
    };
    return {
        create: put,
        delete({ outputs }) {
            queues.find(String(outputs["queueArn"]))?.setAttributes({ Policy: "" });
        },
    };
}
