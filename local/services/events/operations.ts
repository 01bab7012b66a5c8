import { arn } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";
import { optionalNumber, optionalString, optionalStrings, optionalStructures } from "../../edge/json-input";
import type { JsonInput, JsonOperation } from "../../edge/json-service";
import { jsonService } from "../../edge/json-service";
import type { EdgeService } from "../../edge/service";
import type { EventBridge, EventBus } from "./event-bridge";
import { EventPattern } from "../../patterns/pattern";
import type { PutEventsEntry } from "./put-events";
import type { Rule, Target } from "./rule";
import { DEFAULT_BUS } from "./rule";

/** What an event must have for TestEventPattern. */
const EVENT_MEMBERS = ["id", "account", "source", "time", "region", "resources", "detail-type"];

/** EventBridge at the edge. Buses, rules and targets come from the stacks; here they can be looked at. */
export function eventBridgeService(eventBridge: EventBridge): EdgeService {
    return jsonService({
        name: "events",
        targetPrefix: "AWSEvents",
        version: "1.1",
        operations: {
            PutEvents: putEvents(eventBridge),
            TestEventPattern: testEventPattern(eventBridge),
            ...lookups(eventBridge),
        },
    });
}

function putEvents(eventBridge: EventBridge): JsonOperation {
    return (input, { principal }) => {
        const entries = (optionalStructures(input, "Entries") ?? []).map(entryOf);
        const results = eventBridge.putEvents(entries, principal);
        return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
    };
}

function entryOf(input: JsonInput): PutEventsEntry {
    return {
        source: optionalString(input, "Source"),
        detailType: optionalString(input, "DetailType"),
        detail: optionalString(input, "Detail"),
        eventBusName: optionalString(input, "EventBusName"),
        resources: optionalStrings(input, "Resources"),
        time: optionalNumber(input, "Time"),
    };
}

function testEventPattern(eventBridge: EventBridge): JsonOperation {
    return (input, { principal }) => {
        eventBridge.authorize("events:TestEventPattern", "*", principal);
        const pattern = EventPattern.compile(required(input, "EventPattern"));
        return { Result: pattern.matches(parseEvent(required(input, "Event"))) };
    };
}

function parseEvent(text: string): unknown {
    let event: unknown;
    try {
        event = JSON.parse(text);
    } catch {
        throw new AwsError("ValidationException", "Parameter Event is not valid. Reason: it is not valid JSON.");
    }
    const missing = EVENT_MEMBERS.find((member) => typeof event !== "object" || event === null || !(member in event));
    if (missing !== undefined) {
        throw new AwsError(
            "ValidationException",
            `Parameter Event is not valid. Reason: ${missing} is a required argument.`,
        );
    }
    return event;
}

function lookups(eventBridge: EventBridge): Readonly<Record<string, JsonOperation>> {
    return {
        DescribeEventBus: (input, { principal }) => {
            const name = optionalString(input, "Name") ?? DEFAULT_BUS;
            eventBridge.authorize(
                "events:DescribeEventBus",
                name.startsWith("arn:") ? name : arn("events", `event-bus/${name}`),
                principal,
            );
            return describeBus(eventBridge.bus(name));
        },
        ListEventBuses: (input, { principal }) => {
            eventBridge.authorize("events:ListEventBuses", "*", principal);
            const prefix = optionalString(input, "NamePrefix") ?? "";
            return {
                EventBuses: eventBridge
                    .listBuses()
                    .filter(({ name }) => name.startsWith(prefix))
                    .map(describeBus),
            };
        },
        ListRules: (input, { principal }) => {
            const bus = eventBridge.bus(optionalString(input, "EventBusName") ?? DEFAULT_BUS);
            eventBridge.authorize("events:ListRules", bus.arn, principal);
            const prefix = optionalString(input, "NamePrefix") ?? "";
            return {
                Rules: [...bus.rules.values()]
                    .filter(({ settings }) => settings.name.startsWith(prefix))
                    .map(describeRule),
            };
        },
        DescribeRule: (input, { principal }) => {
            const rule = eventBridge.rule(
                optionalString(input, "EventBusName") ?? DEFAULT_BUS,
                required(input, "Name"),
            );
            eventBridge.authorize("events:DescribeRule", rule.arn, principal);
            return describeRule(rule);
        },
        ListTargetsByRule: (input, { principal }) => {
            const rule = eventBridge.rule(
                optionalString(input, "EventBusName") ?? DEFAULT_BUS,
                required(input, "Rule"),
            );
            eventBridge.authorize("events:ListTargetsByRule", rule.arn, principal);
            return { Targets: [...rule.targets.values()].map(describeTarget) };
        },
    };
}

function describeBus(bus: EventBus): unknown {
    return {
        Name: bus.name,
        Arn: bus.arn,
        CreationTime: bus.createdAt / 1_000,
        LastModifiedTime: bus.createdAt / 1_000,
    };
}

function describeRule(rule: Rule): unknown {
    const { name, eventPattern, description, enabled } = rule.settings;
    return {
        Name: name,
        Arn: rule.arn,
        EventPattern: eventPattern,
        State: enabled ? "ENABLED" : "DISABLED",
        Description: description,
        EventBusName: rule.busName,
    };
}

function describeTarget(target: Target): unknown {
    const { id, arn: targetArn, roleArn, input, inputPath, inputTransformer, retryPolicy, deadLetterArn } = target;
    return {
        Id: id,
        Arn: targetArn,
        RoleArn: roleArn,
        Input: input,
        InputPath: inputPath,
        InputTransformer:
            inputTransformer === undefined
                ? undefined
                : {
                      InputPathsMap: inputTransformer.inputPaths,
                      InputTemplate: inputTransformer.inputTemplate,
                  },
        RetryPolicy:
            retryPolicy === undefined
                ? undefined
                : {
                      MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
                      MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
                  },
        DeadLetterConfig: deadLetterArn === undefined ? undefined : { Arn: deadLetterArn },
    };
}

function required(input: JsonInput, name: string): string {
    const value = optionalString(input, name);
    if (value === undefined) {
        throw new AwsError(
            "ValidationException",
            `1 validation error detected: Value at '${name.charAt(0).toLowerCase()}${name.slice(1)}' ` +
                "failed to satisfy constraint: Member must not be null",
        );
    }
    return value;
}
