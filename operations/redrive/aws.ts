import type { LambdaClient } from "@aws-sdk/client-lambda";
import { GetFunctionConfigurationCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import {
    ChangeMessageVisibilityCommand,
    DeleteMessageCommand,
    GetQueueAttributesCommand,
    ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import { isObject } from "../../contract/json";
import type { HeldLetter, Letter, Letters, LettersInView } from "./letters";
import type { PublishAgain } from "./redrive";
import { DEAD_LETTER_QUEUE_URL, DELIVERY_QUEUE_URL } from "../../functions/runtime/shared-settings";

/** Longer than the notifier may take for one message. */
const HOLD_SECONDS = 600;
/** SQS asks all of its servers only where it may wait. */
const WAIT_SECONDS = 1;

/** The queues that a notifier is configured with. */
export interface NotifierQueues {
    readonly deadLetters: string;
    readonly deliveries: string;
}

/** @throws Error that names the variable, when the function is not a notifier */
export async function queuesOf(lambda: LambdaClient, notifierArn: string): Promise<NotifierQueues> {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: notifierArn }));
    const read = (name: string): string => {
        const value = Environment?.Variables?.[name];
        if (value === undefined) {
            throw new Error(`${notifierArn} has no ${name} in its environment, so it is not a notifier`);
        }
        return value;
    };
    return { deadLetters: read(DEAD_LETTER_QUEUE_URL.variable), deliveries: read(DELIVERY_QUEUE_URL.variable) };
}

export function lettersIn(sqs: SQSClient, QueueUrl: string): Letters {
    return {
        async receive() {
            return (await receive(sqs, QueueUrl, HOLD_SECONDS)).map(hold);
        },
    };

    function hold(message: Message): HeldLetter {
        const { ReceiptHandle } = message;
        let removed = false;
        return {
            ...letterOf(message),
            async remove() {
                await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
                removed = true;
            },
            async release() {
                if (!removed) {
                    const visible = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
                    await sqs.send(new ChangeMessageVisibilityCommand(visible));
                }
            },
        };
    }
}

/** SQS has no other way to look than to receive. With no timeout nothing is hidden; the receive count goes up. */
export function lettersInView(sqs: SQSClient, QueueUrl: string): LettersInView {
    return {
        async count() {
            const names = { AttributeNames: ["ApproximateNumberOfMessages" as const] };
            const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, ...names }));
            return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
        },
        async look() {
            return (await receive(sqs, QueueUrl, 0)).map(letterOf);
        },
    };
}

async function receive(sqs: SQSClient, QueueUrl: string, VisibilityTimeout: number): Promise<readonly Message[]> {
    const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: WAIT_SECONDS,
            VisibilityTimeout,
            MessageSystemAttributeNames: ["SentTimestamp"],
            MessageAttributeNames: ["ERROR_CODE", "ERROR_MESSAGE"],
        }),
    );
    return Messages;
}

function letterOf({ MessageId = "", Body = "", Attributes, MessageAttributes }: Message): Letter {
    const note = ["ERROR_CODE", "ERROR_MESSAGE"]
        .flatMap((name) => MessageAttributes?.[name]?.StringValue ?? [])
        .join(": ");
    return {
        messageId: MessageId,
        body: Body,
        sentAt: Number(Attributes?.SentTimestamp ?? 0),
        ...(note === "" ? {} : { note }),
    };
}

/** Invokes the notifier with the event, as the bus would: it has the same id, and therefore the same key. */
export function publishWith(lambda: LambdaClient, notifierArn: string): PublishAgain {
    return async (event) => {
        const { FunctionError, Payload = new Uint8Array() } = await lambda.send(
            new InvokeCommand({
                FunctionName: notifierArn,
                Payload: JSON.stringify(event),
            }),
        );
        const text = Buffer.from(Payload).toString("utf8");
        const answer: unknown = text === "" ? undefined : JSON.parse(text);
        if (FunctionError !== undefined || !isObject(answer)) {
            throw new Error(isObject(answer) ? String(answer["errorMessage"]) : text);
        }
        return answer;
    };
}
