import type { DeliveryQueue } from "../../functions/deliveries/delivery-queue";
import type { Push } from "../../functions/deliveries/push";
import type { DeliveryTask } from "../../functions/deliveries/task";

/** A delivery queue that keeps what it is given, or refuses it. */
export class RecordingDeliveryQueue implements DeliveryQueue {
    readonly sent: { readonly task: DeliveryTask; readonly delaySeconds: number }[] = [];
    failure: Error | undefined;

    async send(tasks: readonly DeliveryTask[], delaySeconds: number): Promise<void> {
        if (this.failure !== undefined) {
            throw this.failure;
        }
        this.sent.push(...tasks.map((task) => ({ task, delaySeconds })));
    }

    /** The connections of each chunk, in the order of their sending. */
    get chunks(): readonly (readonly string[])[] {
        return this.chunksOf(() => true);
    }

    /** Of those alone that are of such pushes. */
    chunksOf(isMeant: (push: Push) => boolean): readonly (readonly string[])[] {
        return this.sent.flatMap(({ task }) =>
            task.kind === "chunk" && isMeant(task.push)
                ? [task.recipients.map(({ connectionId }) => connectionId)]
                : [],
        );
    }

    /** Takes out what was sent. */
    drain(): readonly DeliveryTask[] {
        return this.sent.splice(0).map(({ task }) => task);
    }
}
