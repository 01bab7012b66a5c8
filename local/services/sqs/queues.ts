import { ACCOUNT_ID, arn } from "../../aws/account";
import type { Timers } from "../../time/timers";
import { systemTimers } from "../../time/timers";
import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { QueueAttributes } from "./attributes";
import { parseAttributes } from "./attributes";
import type { OutgoingMessage, ReceivedMessage } from "./message";
import { validateGroup } from "./fifo";
import { messageBytes, validateMessage } from "./message";
import type { ReceiveOptions, SentMessage } from "./queue";
import { Queue } from "./queue";

/** How other services put a message in a queue: dead letters, failure destinations, rule targets. */
export interface QueueSender {
    /** Throws an `AwsError`: QueueDoesNotExist, access denied, an invalid message. */
    send(queueArn: string, message: OutgoingMessage, principal: Principal): SentMessage;
}

export interface SqsDependencies {
    readonly authorize: Authorize;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    /** What delays, waits and visibility timeouts ring by. Defaults to the system's. */
    readonly timers?: Timers;
    /** The edge's base URL, for queue URLs: `http://127.0.0.1:4566`. Asked each time: the port may be chosen late. */
    readonly endpoint: () => string;
}

/** The account's queues. Every method that takes a principal passes the gate first, with the queue's ARN. */
export class SqsQueues implements QueueSender {
    private readonly queues = new Map<string, Queue>();

    constructor(private readonly dependencies: SqsDependencies) {}

    /** @throws AwsError for a name that is taken or malformed, or a bad attribute. */
    create(name: string, attributes: QueueAttributes): Queue {
        requireName(name, attributes["FifoQueue"] !== undefined);
        if (this.queues.has(name)) {
            throw new AwsError("QueueNameExists", `A queue already exists with the name ${name}`);
        }
        this.requireDeadLetterQueue(attributes);
        const { clock, timers = systemTimers } = this.dependencies;
        const queue = new Queue(name, arn("sqs", name), attributes, { clock, timers }, (queueArn) =>
            this.find(queueArn),
        );
        this.queues.set(name, queue);
        return queue;
    }

    setAttributes(queue: Queue, attributes: QueueAttributes): void {
        this.requireDeadLetterQueue({ ...queue.attributes, ...attributes });
        queue.setAttributes(attributes);
    }

    remove(queueArn: string): void {
        const queue = this.find(queueArn);
        if (queue !== undefined) {
            queue.close();
            this.queues.delete(queue.name);
        }
    }

    find(queueArn: string): Queue | undefined {
        const queue = this.queues.get(queueArn.slice(queueArn.lastIndexOf(":") + 1));
        return queue?.arn === queueArn ? queue : undefined;
    }

    /** In the order of creation. */
    list(): readonly Queue[] {
        return [...this.queues.values()];
    }

    url(queue: Queue): string {
        return `${this.dependencies.endpoint()}/${ACCOUNT_ID}/${queue.name}`;
    }

    /** The queue's resource policy as JSON text, where it has one. */
    resourcePolicy(queueArn: string): string | undefined {
        return this.find(queueArn)?.settings.policy;
    }

    /** Passes the gate with an action that concerns no particular queue. */
    authorize(action: string, principal: Principal): void {
        this.dependencies.authorize({ principal, action, resource: "*", context: {} });
    }

    /** Passes the gate, then finds the queue: a caller without rights does not learn which queues exist. */
    open(queueArn: string, action: string, principal: Principal): Queue {
        this.dependencies.authorize({ principal, action, resource: queueArn, context: {} });
        const queue = this.find(queueArn);
        if (queue === undefined) {
            throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
        }
        return queue;
    }

    send(queueArn: string, message: OutgoingMessage, principal: Principal): SentMessage {
        const queue = this.open(queueArn, "sqs:SendMessage", principal);
        validateMessage(message);
        validateGroup(queue.settings, message);
        const limit = queue.settings.maximumMessageSize;
        if (messageBytes(message) > limit) {
            throw new AwsError(
                "InvalidParameterValue",
                `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
            );
        }
        return queue.send(message, senderOf(principal));
    }

    async receive(
        queueArn: string,
        options: ReceiveOptions,
        principal: Principal,
    ): Promise<readonly ReceivedMessage[]> {
        return this.open(queueArn, "sqs:ReceiveMessage", principal).receive(options);
    }

    delete(queueArn: string, receiptHandle: string, principal: Principal): void {
        this.open(queueArn, "sqs:DeleteMessage", principal).delete(receiptHandle);
    }

    close(): void {
        for (const queue of this.queues.values()) {
            queue.close();
        }
    }

    private requireDeadLetterQueue(attributes: QueueAttributes): void {
        const { redrive, fifo } = parseAttributes(attributes);
        if (redrive === undefined) {
            return;
        }
        const target = this.find(redrive.deadLetterTargetArn);
        if (target === undefined || (target.settings.fifo === undefined) !== (fifo === undefined)) {
            throw new AwsError(
                "InvalidParameterValue",
                `Value ${attributes["RedrivePolicy"] ?? ""} for parameter RedrivePolicy is invalid. Reason: ` +
                    (target === undefined
                        ? "Dead letter target does not exist."
                        : "Dead-letter queue must be same type of queue as the source."),
            );
        }
    }
}

function requireName(name: string, fifo: boolean): void {
    const [, stem = "", suffix = ""] = /^([\w-]*)(\.fifo)?$/.exec(name) ?? [];
    if (stem === "" || name.length > 80 || (suffix === ".fifo") !== fifo) {
        throw new AwsError(
            "InvalidParameterValue",
            fifo
                ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end " +
                      "with .fifo suffix and be 1 to 80 in length."
                : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        );
    }
}

function senderOf(principal: Principal): string {
    switch (principal.kind) {
        case "administrator":
        case "role":
            return principal.arn;
        case "service":
            return principal.service;
        case "anonymous":
            return "anonymous";
    }
}
