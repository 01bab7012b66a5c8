import type { StoredMessage } from "./stored-message";

type Messages = ReadonlyMap<string, StoredMessage>;

/** A group of a standard queue with more than a tenth of what is in flight, and at least so much, is a noisy neighbour. */
const NOISY_MESSAGES = 30;
const NOISY_SHARE = 0.1;

/**
 * The messages that a standard queue may hand out, the next first: as they were sent, but for those of a group that
 * keeps consumers too busy, which wait until the others are served. A message without a group is a group of its own.
 * AWS also counts for how long a group's messages are worked on; here only how many they are.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
export function fairOrder(visible: Messages, hidden: Messages): readonly StoredMessage[] {
    const inFlight = [...hidden.values()].filter(({ receiveCount }) => receiveCount > 0);
    const counts = new Map<string, number>();
    for (const { groupId } of inFlight) {
        if (groupId !== undefined) {
            counts.set(groupId, (counts.get(groupId) ?? 0) + 1);
        }
    }
    const isNoisy = ({ groupId }: StoredMessage): boolean => {
        const count = groupId === undefined ? 0 : (counts.get(groupId) ?? 0);
        return count >= NOISY_MESSAGES && count > inFlight.length * NOISY_SHARE;
    };
    const messages = [...visible.values()];
    return [...counts.values()].some((count) => count >= NOISY_MESSAGES)
        ? [...messages.filter((message) => !isNoisy(message)), ...messages.filter(isNoisy)]
        : messages;
}

/**
 * The messages that a FIFO queue may hand out, the next first: in the order of their numbers, and none of a group that
 * has one in flight. As many of one group as there are come together, as AWS hands them out.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export function fifoOrder(visible: Messages, hidden: Messages): readonly StoredMessage[] {
    // What is delayed was sent after what may be received, but where the queue's delay has changed.
    const blocked = new Set(
        [...hidden.values()].filter(({ receiveCount }) => receiveCount > 0).map(({ groupId }) => groupId),
    );
    const free = [...visible.values()].filter(({ groupId }) => !blocked.has(groupId)).sort(bySequence);
    const groups = new Map<string | undefined, StoredMessage[]>();
    for (const message of free) {
        const group = groups.get(message.groupId);
        if (group === undefined) {
            groups.set(message.groupId, [message]);
        } else {
            group.push(message);
        }
    }
    return [...groups.values()].flat();
}

function bySequence(left: StoredMessage, right: StoredMessage): number {
    return (left.sequenceNumber ?? "") < (right.sequenceNumber ?? "") ? -1 : 1;
}
