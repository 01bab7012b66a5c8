import type { WriteLine } from "./log";
import { writeToStandardOutput } from "./log";

/** The counts of the notifier and the deliverer. Each is a metric. */
export interface Counts {
    /** Messages that were accepted. */
    readonly published?: number;
    /** Posts that reached a client. */
    readonly delivered?: number;
    /** Connections that turned out to be gone. */
    readonly stale?: number;
    /** Frames of replays that a deliverer posted. The replays that answer a `subscribe` are not counted. */
    readonly replayed?: number;
    /** Messages that were not accepted. */
    readonly rejected?: number;
    /** Connections that a message could not be posted to. */
    readonly failed?: number;
}

export interface Metrics {
    /**
     * @param namespace a registered one; left out for messages of none, so that a typo makes no new series.
     * @param properties further members of the log line, such as the message's id. They are no dimensions.
     */
    count(counts: Counts, namespace?: string, properties?: Readonly<Record<string, unknown>>): void;
}

/** The CloudWatch namespace of the metrics. Dimensions: `function`, and `function` with `namespace`. */
export const METRIC_NAMESPACE = "PushGateway";

/**
 * Metrics in CloudWatch's embedded metric format: a log line that CloudWatch turns into numbers, without an API call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param functionName the physical name, which tells two stacks in one account apart.
 */
export function createMetrics(
    functionName: string,
    clock: () => number,
    write: WriteLine = writeToStandardOutput,
): Metrics {
    return {
        count(counts, namespace, properties = {}) {
            const dimensions = namespace === undefined ? [["function"]] : [["function"], ["function", "namespace"]];
            write(
                JSON.stringify({
                    ...properties,
                    _aws: {
                        Timestamp: clock(),
                        CloudWatchMetrics: [
                            {
                                Namespace: METRIC_NAMESPACE,
                                Dimensions: dimensions,
                                Metrics: Object.keys(counts).map((name) => ({ Name: name, Unit: "Count" })),
                            },
                        ],
                    },
                    function: functionName,
                    namespace,
                    ...counts,
                }),
            );
        },
    };
}
