import { randomUUID } from "node:crypto";
import type { Cancel, Time } from "../../time/timers";
import { AwsError } from "../../aws/aws-error";
import type { QueueAttributes, QueueSettings } from "./attributes";
import { parseAttributes } from "./attributes";
import { Deduplication, deduplicationKey } from "./fifo";
import type { OutgoingMessage, ReceivedMessage } from "./message";
import { invalid } from "./message";
import { fairOrder, fifoOrder } from "./order";
import type { StoredMessage } from "./stored-message";
import { parseReceipt, toReceived, toStored } from "./stored-message";

const MAX_IN_FLIGHT = 120_000;

/** What a sender is told. */
export interface SentMessage {
    readonly messageId: string;
    /** FIFO queues. */
    readonly sequenceNumber?: string;
}

export interface ReceiveOptions {
    /** 1 to 10. */
    readonly maximum: number;
    /** 0 to 20. Defaults to the queue's. */
    readonly waitSeconds?: number;
    /** 0 to 43,200. Defaults to the queue's. */
    readonly visibilityTimeoutSeconds?: number;
    /** Ends the wait early, with nothing received. */
    readonly signal?: AbortSignal;
}

/**
 * One queue. Standard: at least once, in the order sent as far as visibility timeouts and fairness allow. FIFO: in the
 * order sent within a message group, and what is sent twice within five minutes is kept once.
 */
export class Queue {
    readonly createdAt: number;
    private readonly instance = randomUUID();
    private readonly visible = new Map<string, StoredMessage>();
    /** Delayed, or received and not yet deleted. */
    private readonly hidden = new Map<string, StoredMessage>();
    /** When the first of the hidden messages comes back; never later than that. */
    private nextReturnAt = Number.POSITIVE_INFINITY;
    private readonly deduplication = new Deduplication();
    private readonly waiting = new Set<() => void>();
    private closed = false;
    private current: QueueSettings;
    private given: QueueAttributes;
    private changedAt: number;

    constructor(
        readonly name: string,
        readonly arn: string,
        attributes: QueueAttributes,
        private readonly time: Time,
        private readonly findQueue: (arn: string) => Queue | undefined,
    ) {
        this.current = parseAttributes(attributes);
        this.given = attributes;
        this.createdAt = time.clock();
        this.changedAt = this.createdAt;
    }

    get settings(): QueueSettings {
        return this.current;
    }

    get attributes(): QueueAttributes {
        return this.given;
    }

    get modifiedAt(): number {
        return this.changedAt;
    }

    /** Replaces what `attributes` names; an empty `Policy` or `RedrivePolicy` removes it. */
    setAttributes(attributes: QueueAttributes): void {
        const merged = { ...this.given, ...attributes };
        this.current = parseAttributes(merged);
        this.given = merged;
        this.changedAt = this.time.clock();
    }

    counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
        this.surface();
        for (const message of this.visible.values()) {
            if (this.isExpired(message)) {
                this.visible.delete(message.id);
            }
        }
        const delayed = [...this.hidden.values()].filter((message) => message.receiveCount === 0).length;
        return { visible: this.visible.size, inFlight: this.hidden.size - delayed, delayed };
    }

    /** The message must have been validated. Of a repetition in a FIFO queue nothing is kept. */
    send(message: OutgoingMessage, senderId: string): SentMessage {
        const now = this.time.clock();
        const { fifo, delaySeconds } = this.current;
        const visibleAt = now + (message.delaySeconds ?? delaySeconds) * 1_000;
        if (fifo === undefined) {
            const stored = toStored(message, senderId, now, visibleAt);
            this.put(stored, now);
            return { messageId: stored.id };
        }
        const { key, id } = deduplicationKey(fifo, message);
        const earlier = this.deduplication.find(key, now);
        if (earlier !== undefined) {
            return earlier;
        }
        const stored = toStored({ ...message, deduplicationId: id }, senderId, now, visibleAt);
        const sequenceNumber = this.deduplication.nextNumber(now);
        stored.sequenceNumber = sequenceNumber;
        this.put(stored, now);
        this.deduplication.remember(key, stored.id, sequenceNumber, now);
        return { messageId: stored.id, sequenceNumber };
    }

    async receive(options: ReceiveOptions): Promise<readonly ReceivedMessage[]> {
        const received = this.take(options);
        const waitSeconds = options.waitSeconds ?? this.current.receiveWaitSeconds;
        return received.length > 0 || waitSeconds === 0 ? received : this.poll(options, waitSeconds);
    }

    /** Deleting twice, or with a handle from before the message was received again, does nothing. */
    delete(receiptHandle: string): void {
        const message = this.holder(receiptHandle);
        this.surface();
        if (this.current.fifo !== undefined && message !== undefined && this.visible.has(message.id)) {
            // By now the group may be in other hands, so a late delete would let a later message overtake.
            throw invalid(
                `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
            );
        }
        if (message !== undefined) {
            this.hidden.delete(message.id);
            this.visible.delete(message.id);
        }
    }

    changeVisibility(receiptHandle: string, seconds: number): void {
        if (!Number.isInteger(seconds) || seconds < 0 || seconds > 43_200) {
            throw invalid(
                `Value ${seconds} for parameter VisibilityTimeout is invalid. ` +
                    "Reason: Must be between 0 and 43200, inclusive.",
            );
        }
        const message = this.holder(receiptHandle);
        this.surface();
        if (message === undefined || !this.hidden.has(message.id)) {
            throw invalid(
                `Value ${receiptHandle} for parameter ReceiptHandle is invalid. ` +
                    "Reason: Message does not exist or is not available for visibility timeout change.",
            );
        }
        const now = this.time.clock();
        message.visibleAt = now + seconds * 1_000;
        this.hidden.delete(message.id);
        this.put(message, now);
    }

    purge(): void {
        this.visible.clear();
        this.hidden.clear();
    }

    /** Lets go of everybody who waits for a message. */
    close(): void {
        this.closed = true;
        this.wake();
    }

    private async poll(options: ReceiveOptions, waitSeconds: number): Promise<readonly ReceivedMessage[]> {
        const deadline = new AbortController();
        const cancel = this.time.timers.after(waitSeconds * 1_000, () => {
            deadline.abort();
            this.wake();
        });
        try {
            for (;;) {
                await this.change(options.signal);
                if (this.closed || options.signal?.aborted === true) {
                    return [];
                }
                const received = this.take(options);
                if (received.length > 0 || deadline.signal.aborted) {
                    return received;
                }
            }
        } finally {
            cancel();
        }
    }

    /** Resolves when there may be something to receive, or a wait is over. */
    private change(signal: AbortSignal | undefined): Promise<void> {
        return new Promise((resolve) => {
            let cancel: Cancel = () => undefined;
            const done = (): void => {
                cancel();
                this.waiting.delete(done);
                signal?.removeEventListener("abort", done);
                resolve();
            };
            // A timer takes 2^31 - 1 ms at most; the longest visibility timeout is 12 hours.
            if (Number.isFinite(this.nextReturnAt)) {
                cancel = this.time.timers.after(Math.max(1, this.nextReturnAt - this.time.clock()), done);
            }
            this.waiting.add(done);
            signal?.addEventListener("abort", done);
            if (signal?.aborted === true) {
                done();
            }
        });
    }

    private wake(): void {
        for (const waiter of [...this.waiting]) {
            waiter();
        }
    }

    private take(options: ReceiveOptions): readonly ReceivedMessage[] {
        this.surface();
        const now = this.time.clock();
        const hideFor = (options.visibilityTimeoutSeconds ?? this.current.visibilityTimeoutSeconds) * 1_000;
        const received: ReceivedMessage[] = [];
        const order = this.current.fifo === undefined ? fairOrder : fifoOrder;
        for (const message of order(this.visible, this.hidden)) {
            if (received.length === options.maximum) {
                break;
            }
            if (this.hidden.size >= MAX_IN_FLIGHT) {
                throw new AwsError("OverLimit", "Too many messages in flight, maximum is 120000.", 403);
            }
            this.visible.delete(message.id);
            if (!this.isExpired(message) && !this.moveToDeadLetters(message)) {
                message.receiveCount += 1;
                message.firstReceivedAt ||= now;
                message.visibleAt = now + hideFor;
                this.put(message, now);
                received.push(toReceived(message, this.instance));
            }
        }
        return received;
    }

    private moveToDeadLetters(message: StoredMessage): boolean {
        const { redrive } = this.current;
        if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) {
            return false;
        }
        const deadLetters = this.findQueue(redrive.deadLetterTargetArn);
        if (deadLetters === undefined) {
            return false;
        }
        message.deadLetterSourceArn = this.arn;
        deadLetters.takeOver(message);
        return true;
    }

    /** In a FIFO queue a dead letter is as new as its arrival, and the last in its group. */
    private takeOver(message: StoredMessage): void {
        const now = this.time.clock();
        if (this.current.fifo !== undefined) {
            message.sentAt = now;
            message.sequenceNumber = this.deduplication.nextNumber(now);
        }
        this.put(message, message.visibleAt);
    }

    private isExpired(message: StoredMessage): boolean {
        return message.sentAt <= this.time.clock() - this.current.messageRetentionSeconds * 1_000;
    }

    /** Makes messages visible again whose time has come. */
    private surface(): void {
        const now = this.time.clock();
        if (now < this.nextReturnAt) {
            return;
        }
        this.nextReturnAt = Number.POSITIVE_INFINITY;
        for (const message of this.hidden.values()) {
            if (message.visibleAt <= now) {
                this.put(message, now);
            } else {
                this.nextReturnAt = Math.min(this.nextReturnAt, message.visibleAt);
            }
        }
    }

    private put(message: StoredMessage, now: number): void {
        if (message.visibleAt > now) {
            this.hidden.set(message.id, message);
            this.nextReturnAt = Math.min(this.nextReturnAt, message.visibleAt);
        } else {
            this.hidden.delete(message.id);
            this.visible.set(message.id, message);
        }
        this.wake();
    }

    /** The message that a handle was given for, while that handle is its latest. */
    private holder(receiptHandle: string): StoredMessage | undefined {
        const { id, receiveCount } = parseReceipt(receiptHandle, this.instance);
        const message = this.hidden.get(id) ?? this.visible.get(id);
        return message?.receiveCount === receiveCount ? message : undefined;
    }
}
