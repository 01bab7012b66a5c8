import type { PutLetter } from "./dead-letters";
import type { Log } from "../runtime/log";
import type { Metrics } from "../runtime/metrics";
import type { Replay } from "../replay/replay";
import type { DeliverChunk } from "./chunk-delivery";
import { isSkip } from "./push";
import type { ExpandRange } from "../fan-out/range-expansion";
import { parseTask } from "./task";

export interface DelivererDeps {
    readonly deliver: DeliverChunk;
    readonly expand: ExpandRange;
    readonly replay: Replay;
    readonly putLetter: PutLetter;
    readonly metrics: Metrics;
    readonly log: Log;
}

/**
 * Does the work that one message of the delivery queue asks for. When it resolves, nothing is left to do that is
 * not stored elsewhere.
 */
export type HandleDelivery = (body: string) => Promise<void>;

export function createDeliverer({ deliver, expand, replay, putLetter, metrics, log }: DelivererDeps): HandleDelivery {
    return async (body) => {
        const task = parseTask(body);
        if (!task.ok) {
            const reason = "malformed_delivery";
            metrics.count({ rejected: 1 }, undefined, { reason });
            log.error("A message of the delivery queue is malformed", { reason: task.reason });
            await putLetter(reason, JSON.stringify({ reason, message: task.reason, body }));
            return;
        }
        switch (task.value.kind) {
            case "chunk": {
                const { attempt, push } = task.value;
                const { id, channel, namespace } = push;
                const { delivered, stale, failed } = await deliver(task.value);
                if (!isSkip(push)) {
                    metrics.count({ delivered, stale, failed }, namespace, { id, channel, attempt });
                }
                break;
            }
            case "range":
                await expand(task.value);
                break;
            case "replay":
                metrics.count({ replayed: await replay(task.value) }, undefined, { ...task.value.connection });
                break;
        }
    };
}
