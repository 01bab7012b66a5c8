import { createHash } from "node:crypto";
import type { EventSourceMapping, EventSourceMappings, EventSourceSettings } from "./event-source-mappings";
import { Inputs } from "../../resources/inputs";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";
import { messageOf } from "../../aws/message-of";

/** Mappings from queues and streams to functions. */
export function eventSourceMappingBehaviours(mappings: EventSourceMappings): ResourceBehaviours {
    return { "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMappingBehaviour(mappings) };
}

function eventSourceMappingBehaviour(mappings: EventSourceMappings): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            const settings = settingsOf(registration, inputs);
            return inputs.within(() => describe(mappings.create(settings, uuidOf(registration))));
        },
        async update(registration, current) {
            const inputs = new Inputs(registration);
            return describe(
                await mappings.update(current.id, settingsOf(registration, inputs)).catch((error: unknown) => {
                    throw inputs.error(messageOf(error), error);
                }),
            );
        },
        delete: ({ id }) => mappings.delete(id),
    };
}

function describe({ uuid, arn, functionArn, settings }: EventSourceMapping): Created {
    return { id: uuid, outputs: { uuid, arn, functionArn, state: settings.enabled ? "Enabled" : "Disabled" } };
}

function settingsOf(registration: Registration, inputs: Inputs): EventSourceSettings {
    inputs.refuse(
        "is not served by the local cloud",
        "selfManagedEventSource",
        "amazonManagedKafkaEventSourceConfig",
        "documentDbEventSourceConfig",
        "provisionedPollerConfig",
        "queues",
        "topics",
        "tumblingWindowInSeconds",
    );
    return {
        eventSourceArn: inputs.string("eventSourceArn"),
        functionName: inputs.string("functionName"),
        enabled: registration.inputs["enabled"] !== false,
        batchSize: inputs.optionalNumber("batchSize"),
        windowSeconds: inputs.optionalNumber("maximumBatchingWindowInSeconds"),
        filters:
            inputs
                .structure("filterCriteria")
                ?.structures("filters")
                .map((filter) => filter.string("pattern")) ?? [],
        reportItemFailures: inputs.strings("functionResponseTypes").includes("ReportBatchItemFailures"),
        maximumConcurrency: inputs.structure("scalingConfig")?.optionalNumber("maximumConcurrency"),
        startingPosition: inputs.choice<"TRIM_HORIZON" | "LATEST">(
            "startingPosition",
            ["TRIM_HORIZON", "LATEST"],
            "LATEST",
        ),
        maximumRetryAttempts: inputs.optionalNumber("maximumRetryAttempts"),
        maximumRecordAgeSeconds: inputs.optionalNumber("maximumRecordAgeInSeconds"),
        bisect: inputs.flag("bisectBatchOnFunctionError"),
        onFailureArn: inputs.structure("destinationConfig")?.structure("onFailure")?.string("destinationArn"),
    };
}

/** A UUID that a mapping keeps over restarts, as names do. */
function uuidOf(registration: Registration): string {
    const hex = createHash("sha256").update(registration.urn).digest("hex");
    return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        `8${hex.slice(17, 20)}`,
        hex.slice(20, 32),
    ].join("-");
}
