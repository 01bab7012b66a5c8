import type { DeadLetters, UndeliveredMessage } from "../../functions/deliveries/dead-letters";
import type { Log, LogFields } from "../../functions/runtime/log";
import type { Counts, Metrics } from "../../functions/runtime/metrics";
import type { Rejection } from "../../contract/dead-letters";

export interface LogLine {
    readonly level: "info" | "warn" | "error";
    readonly message: string;
    readonly fields: LogFields;
}

/** A log that keeps its lines. */
export class RecordingLog implements Log {
    readonly lines: LogLine[] = [];

    info(message: string, fields: LogFields = {}): void {
        this.lines.push({ level: "info", message, fields });
    }

    warn(message: string, fields: LogFields = {}): void {
        this.lines.push({ level: "warn", message, fields });
    }

    error(message: string, fields: LogFields = {}): void {
        this.lines.push({ level: "error", message, fields });
    }
}

/** Metrics that keep what was counted. */
export class RecordingMetrics implements Metrics {
    readonly counted: { readonly counts: Counts; readonly namespace?: string }[] = [];

    count(counts: Counts, namespace?: string): void {
        this.counted.push(namespace === undefined ? { counts } : { counts, namespace });
    }
}

/** A dead-letter queue that keeps its letters, or refuses them. */
export class RecordingDeadLetters implements DeadLetters {
    readonly rejections: { readonly rejection: Rejection; readonly event: unknown }[] = [];
    readonly undeliverable: UndeliveredMessage[] = [];
    failure: Error | undefined;

    async rejected(rejection: Rejection, event: unknown): Promise<void> {
        this.#mayFail();
        this.rejections.push({ rejection, event });
    }

    async undelivered(message: UndeliveredMessage): Promise<void> {
        this.#mayFail();
        this.undeliverable.push(message);
    }

    #mayFail(): void {
        if (this.failure !== undefined) {
            throw this.failure;
        }
    }
}
