import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { block, isTrue, number, text } from "../resources/properties";
import type { Properties } from "../resources/properties";
import { validateTypes } from "../settings/resource-rule";
import { ifKnown } from "../resources/unknowns";

const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const PIPE = "aws:pipes/pipe:Pipe";

const DEFAULTS = { ...NO_EXEMPTIONS, maxRetryAttempts: 100 };

export const streamSourcesBoundFailures: ResourceValidationPolicy = {
    name: "stream-sources-bound-failures",
    description: "Readers of streams must set aside a record that fails, not stop at it until it expires.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        maxRetryAttempts: {
            type: "integer",
            minimum: 0,
            maximum: 10_000,
            description: "How often a failed batch may be tried again.",
            default: DEFAULTS.maxRetryAttempts,
        },
    }),
    remediationSteps:
        "Set the number of retries, splitting of failed batches, and a queue for what fails. On an event source " +
        "mapping: `maximumRetryAttempts`, `bisectBatchOnFunctionError: true` and `destinationConfig.onFailure`. " +
        "On a pipe, in its stream parameters: `maximumRetryAttempts`, " +
        '`onPartialBatchItemFailure: "AUTOMATIC_BISECT"` and `deadLetterConfig`.',
    validateResource: validateTypes([MAPPING, PIPE], DEFAULTS, ({ type, props }, { maxRetryAttempts }, report) => {
        const source = type === MAPPING ? readMapping(props) : readPipe(props);
        if (source === undefined) {
            return;
        }
        const { parameters, splits, destination } = source;
        const attempts = number(parameters, "maximumRetryAttempts") ?? -1;
        if (attempts < 0) {
            report(
                "A record that fails is tried until it expires, and stops its shard for a day. " +
                    "Set `maximumRetryAttempts`.",
            );
        } else if (attempts > maxRetryAttempts) {
            report(
                `A record that fails is tried ${attempts} times. ` +
                    `Set \`maximumRetryAttempts\` to ${maxRetryAttempts} at most.`,
            );
        }
        if (!splits) {
            report(
                "One bad record fails the batch that it is in. " +
                    (type === MAPPING
                        ? "Set `bisectBatchOnFunctionError: true`."
                        : 'Set `onPartialBatchItemFailure: "AUTOMATIC_BISECT"`.'),
            );
        }
        // In a preview the queue may not exist yet; it is given all the same.
        if (!ifKnown(destination, true)) {
            report(
                "A record that fails for good is lost. " +
                    (type === MAPPING
                        ? "Set `destinationConfig.onFailure.destinationArn`."
                        : "Set `deadLetterConfig.arn`."),
            );
        }
    }),
};

interface StreamSource {
    readonly parameters: Properties;
    /** Whether a batch that fails is split, to find the record that makes it fail, or has only the one. */
    readonly splits: boolean;
    /** Whether there is a place for what fails. Throws where that is not known yet. */
    readonly destination: () => boolean;
}

/** What a mapping has that reads a broker or a database, which Lambda also reads from a position, but cannot bisect. */
const OTHER_SOURCES: readonly string[] = [
    "amazonManagedKafkaEventSourceConfig",
    "documentDbEventSourceConfig",
    "queues",
    "selfManagedEventSource",
    "selfManagedKafkaEventSourceConfig",
    "topics",
];

/** The mapping as a reader of a stream; `undefined` for one that reads a queue, a broker or a database. */
function readMapping(props: Properties): StreamSource | undefined {
    const arn = ifKnown(() => text(props, "eventSourceArn"), undefined);
    const isStream =
        arn === undefined
            ? text(props, "startingPosition") !== undefined && !OTHER_SOURCES.some((name) => props[name] !== undefined)
            : /^arn:[^:]+:(dynamodb|kinesis):/.test(arn);
    if (!isStream) {
        return undefined;
    }
    return {
        parameters: props,
        splits: isTrue(props, "bisectBatchOnFunctionError") || number(props, "batchSize") === 1,
        destination: () => text(block(block(props, "destinationConfig"), "onFailure"), "destinationArn") !== undefined,
    };
}

/** The pipe as a reader of a stream; `undefined` for one that reads something else. */
function readPipe(props: Properties): StreamSource | undefined {
    const given = block(props, "sourceParameters");
    const parameters = [given["dynamodbStreamParameters"], given["kinesisStreamParameters"]].find(
        (candidate) => candidate !== undefined,
    );
    // Without parameters there is only the source's ARN to go by, and AWS's defaults, which bound nothing.
    if (parameters === undefined && !/^arn:[^:]+:(dynamodb|kinesis):/.test(text(props, "source") ?? "")) {
        return undefined;
    }
    const stream = block({ parameters }, "parameters");
    return {
        parameters: stream,
        splits: text(stream, "onPartialBatchItemFailure") === "AUTOMATIC_BISECT" || number(stream, "batchSize") === 1,
        destination: () => text(block(stream, "deadLetterConfig"), "arn") !== undefined,
    };
}
