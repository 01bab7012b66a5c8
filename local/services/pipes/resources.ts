import type { Pipe, PipeSettings } from "./pipe";
import type { Pipes } from "./pipes";
import type { StreamPolicy } from "../streams/stream-consumer";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";
import { messageOf } from "../../aws/message-of";

/** Pipes from DynamoDB streams to event buses. */
export function pipesBehaviours(pipes: Pipes): ResourceBehaviours {
    return { "aws:pipes/pipe:Pipe": pipeBehaviour(pipes) };
}

function pipeBehaviour(pipes: Pipes): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            const settings = settingsOf(registration, inputs);
            return inputs.within(() => describe(pipes.create(settings)));
        },
        async update(registration, current) {
            const inputs = new Inputs(registration);
            const settings = settingsOf(registration, inputs);
            if (settings.name !== current.id) {
                await pipes.delete(current.id);
            }
            return describe(
                await pipes.update(settings).catch((error: unknown) => {
                    throw inputs.error(messageOf(error), error);
                }),
            );
        },
        delete: ({ id }) => pipes.delete(id),
    };
}

function describe({ arn, settings }: Pipe): Created {
    return {
        id: settings.name,
        outputs: { arn, name: settings.name, desiredState: settings.running ? "RUNNING" : "STOPPED" },
    };
}

function settingsOf(registration: Registration, inputs: Inputs): PipeSettings {
    inputs.refuse("is not served by the local cloud", "enrichment");
    const source = inputs.structure("sourceParameters");
    const stream = source?.structure("dynamodbStreamParameters");
    if (stream === undefined) {
        throw inputs.error(
            "`sourceParameters.dynamodbStreamParameters` is missing: the local cloud serves DynamoDB streams only",
        );
    }
    const target = inputs.structure("targetParameters");
    const bus = target?.structure("eventbridgeEventBusParameters");
    bus?.refuse("is not served by the local cloud", "endpointId", "time");
    return {
        name: physicalName(registration, inputs.optionalString("name"), inputs.optionalString("namePrefix")),
        description: inputs.optionalString("description"),
        roleArn: inputs.string("roleArn"),
        source: inputs.string("source"),
        policy: policyOf(stream),
        deadLetterArn: stream.structure("deadLetterConfig")?.optionalString("arn"),
        filters:
            source
                ?.structure("filterCriteria")
                ?.structures("filters")
                .map((filter) => filter.string("pattern")) ?? [],
        target: inputs.string("target"),
        eventSource: bus?.optionalString("source"),
        detailType: bus?.optionalString("detailType"),
        resources: bus?.strings("resources"),
        inputTemplate: target?.optionalString("inputTemplate"),
        running: inputs.choice("desiredState", ["RUNNING", "STOPPED"], "RUNNING") === "RUNNING",
    };
}

/** The defaults are AWS's. The shard has one reader whatever the parallelization factor: order is kept either way. */
function policyOf(stream: Inputs): StreamPolicy {
    return {
        startingPosition: stream.choice("startingPosition", ["TRIM_HORIZON", "LATEST"]),
        batchSize: stream.optionalNumber("batchSize") ?? 100,
        windowSeconds: stream.optionalNumber("maximumBatchingWindowInSeconds") ?? 0,
        maximumRetryAttempts: stream.optionalNumber("maximumRetryAttempts") ?? -1,
        maximumRecordAgeSeconds: stream.optionalNumber("maximumRecordAgeInSeconds") ?? -1,
        bisect: stream.optionalString("onPartialBatchItemFailure") === "AUTOMATIC_BISECT",
    };
}
