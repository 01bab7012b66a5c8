import { AwsError } from "../../aws/aws-error";
import { renderAttributes } from "./attributes";
import type { Queue } from "./queue";

/** What a queue may be asked for beyond what it always has. */
const OPTIONAL = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"];

/** The attributes of these names, or of all. Throws an `AwsError` InvalidAttributeName. */
export function describeQueue(queue: Queue, names: readonly string[]): Readonly<Record<string, string>> {
    const attributes = queueAttributes(queue);
    if (names.includes("All")) {
        return attributes;
    }
    const unknown = names.find((name) => !Object.hasOwn(attributes, name) && !OPTIONAL.includes(name));
    if (unknown !== undefined) {
        throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
    }
    return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}

function queueAttributes(queue: Queue): Readonly<Record<string, string>> {
    const { visible, inFlight, delayed } = queue.counts();
    return {
        ...renderAttributes(queue.attributes),
        QueueArn: queue.arn,
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(inFlight),
        ApproximateNumberOfMessagesDelayed: String(delayed),
        CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
        LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1_000)),
    };
}
