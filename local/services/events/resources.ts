import type { EventBridge } from "./event-bridge";
import type { TargetSettings } from "./rule";
import { DEFAULT_BUS } from "./rule";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";

/** Event buses, rules with patterns, and their targets. */
export function eventsBehaviours(eventBridge: EventBridge): ResourceBehaviours {
    return {
        "aws:cloudwatch/eventBus:EventBus": buses(eventBridge),
        "aws:cloudwatch/eventRule:EventRule": rules(eventBridge),
        "aws:cloudwatch/eventTarget:EventTarget": targets(eventBridge),
    };
}

function buses(eventBridge: EventBridge): ResourceBehaviour {
    const describe = (name: string): Created => ({ id: name, outputs: { name, arn: eventBridge.bus(name).arn } });
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            inputs.refuse("is a partner's, which the local cloud does not serve", "eventSourceName");
            const name = physicalName(registration, inputs.optionalString("name"));
            return inputs.within(() => describe(eventBridge.createBus(name).name));
        },
        replaces: (registration, { id }) => physicalName(registration, registration.inputs["name"]) !== id,
        // Only descriptive inputs can change under one name; the bus keeps its rules.
        update: (_, { id }) => describe(id),
        delete({ id }) {
            eventBridge.deleteBus(id);
        },
    };
}

function rules(eventBridge: EventBridge): ResourceBehaviour {
    const put = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        inputs.refuse(
            "makes a schedule, and the local cloud serves rules with an event pattern only",
            "scheduleExpression",
        );
        const bus = eventBridge.findBus(inputs.optionalString("eventBusName") ?? DEFAULT_BUS);
        if (bus === undefined) {
            throw inputs.error(`there is no event bus ${inputs.optionalString("eventBusName") ?? ""}`);
        }
        const name = ruleName(registration);
        const settings = {
            name,
            eventPattern: inputs.string("eventPattern"),
            enabled: isEnabled(registration, inputs),
            description: inputs.optionalString("description"),
        };
        const rule = inputs.within(() => eventBridge.putRule(bus.name, settings));
        const id = bus.name === DEFAULT_BUS ? name : `${bus.name}/${name}`;
        return {
            id,
            outputs: {
                name,
                arn: rule.arn,
                eventBusName: bus.name,
                state: rule.settings.enabled ? "ENABLED" : "DISABLED",
            },
        };
    };
    const remove = ({ outputs }: Created): void => {
        eventBridge.deleteRule(String(outputs["eventBusName"]), String(outputs["name"]));
    };
    return {
        create: put,
        update(registration, current) {
            const updated = put(registration);
            if (updated.id !== current.id) {
                remove(current);
            }
            return updated;
        },
        delete: remove,
    };
}

function ruleName(registration: Registration): string {
    return physicalName(registration, registration.inputs["name"], registration.inputs["namePrefix"]);
}

function isEnabled(registration: Registration, inputs: Inputs): boolean {
    return inputs.optionalString("state") !== "DISABLED" && registration.inputs["isEnabled"] !== false;
}

const OTHER_TARGETS = [
    "appsyncTarget",
    "batchTarget",
    "ecsTarget",
    "httpTarget",
    "kinesisTarget",
    "redshiftTarget",
    "runCommandTargets",
    "sagemakerPipelineTarget",
    "sqsTarget",
];

function targets(eventBridge: EventBridge): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            inputs.refuse(
                "is not served by the local cloud, whose targets are Lambda functions and standard SQS queues",
                ...OTHER_TARGETS,
            );
            const bus = inputs.optionalString("eventBusName") ?? DEFAULT_BUS;
            const rule = inputs.string("rule");
            const settings = targetOf(registration, inputs);
            inputs.within(() => {
                eventBridge.putTarget(bus, rule, settings);
            });
            const busName = eventBridge.bus(bus).name;
            const id = `${busName === DEFAULT_BUS ? "" : `${busName}-`}${rule}-${settings.id}`;
            return { id, outputs: { targetId: settings.id, rule, eventBusName: busName } };
        },
        delete({ outputs }) {
            eventBridge.removeTarget(
                String(outputs["eventBusName"]),
                String(outputs["rule"]),
                String(outputs["targetId"]),
            );
        },
    };
}

function targetOf(registration: Registration, inputs: Inputs): TargetSettings {
    const transformer = inputs.structure("inputTransformer");
    const retry = inputs.structure("retryPolicy");
    return {
        id: physicalName(registration, inputs.optionalString("targetId")),
        arn: inputs.string("arn"),
        roleArn: inputs.optionalString("roleArn"),
        input: inputs.optionalString("input"),
        inputPath: inputs.optionalString("inputPath"),
        inputTransformer: transformer && {
            inputPaths: Object.fromEntries(transformer.stringMap("inputPaths")),
            inputTemplate: transformer.string("inputTemplate"),
        },
        retryPolicy: retry && {
            maximumRetryAttempts: retry.optionalNumber("maximumRetryAttempts"),
            maximumEventAgeInSeconds: retry.optionalNumber("maximumEventAgeInSeconds"),
        },
        deadLetterArn: inputs.structure("deadLetterConfig")?.optionalString("arn"),
    };
}
