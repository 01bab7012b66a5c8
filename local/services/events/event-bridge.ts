import { arn } from "../../aws/account";
import type { Authorize, Principal } from "../../aws/authorization";
import { LIMITS, requireText } from "../../aws/limits";
import { AwsError } from "../../aws/aws-error";
import type { FunctionInvoker } from "../../aws/invoker";
import type { Pace } from "../../time/pace";
import type { QueueSender } from "../sqs/queues";
import { deliver } from "./delivery";
import type { EventEnvelope } from "./input";
import type { PutEventsEntry, PutEventsResult } from "./put-events";
import { toEvent, validateEntries } from "./put-events";
import type { RuleSettings, TargetSettings } from "./rule";
import { DEFAULT_BUS, Rule } from "./rule";

/** How other services publish: pipes today. */
export interface EventPublisher {
    /** Passes the gate for each entry, then queues them; results in the order of the entries. Throws an `AwsError`. */
    putEvents(entries: readonly PutEventsEntry[], principal: Principal): readonly PutEventsResult[];
}

export interface EventBridgeDependencies {
    readonly authorize: Authorize;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    readonly pace: Pace;
    readonly invoker: FunctionInvoker;
    readonly queues: QueueSender;
    readonly log: (line: string) => void;
}

export interface EventBus {
    readonly name: string;
    readonly arn: string;
    readonly createdAt: number;
    readonly rules: Map<string, Rule>;
}

/** The account's event buses, with their rules and targets. */
export class EventBridge implements EventPublisher {
    private readonly buses = new Map<string, EventBus>();
    private readonly ending = new AbortController();
    private readonly deliveries = new Set<Promise<void>>();

    constructor(private readonly dependencies: EventBridgeDependencies) {
        this.createBus(DEFAULT_BUS);
    }

    /** @throws AwsError ResourceAlreadyExistsException or ValidationException. */
    createBus(name: string): EventBus {
        if (!/^[\w./-]{1,256}$/.test(name)) {
            throw new AwsError(
                "ValidationException",
                `Event bus name ${name} must be 1 to 256 of letters, digits and . - _ /`,
            );
        }
        if (this.buses.has(name)) {
            throw new AwsError("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
        }
        const bus = {
            name,
            arn: arn("events", `event-bus/${name}`),
            createdAt: this.dependencies.clock(),
            rules: new Map<string, Rule>(),
        };
        this.buses.set(name, bus);
        return bus;
    }

    deleteBus(name: string): void {
        this.buses.delete(name);
    }

    listBuses(): readonly EventBus[] {
        return [...this.buses.values()];
    }

    /** By name or ARN. */
    findBus(nameOrArn: string): EventBus | undefined {
        return this.buses.get(busName(nameOrArn));
    }

    /** @throws AwsError ResourceNotFoundException. */
    bus(nameOrArn: string): EventBus {
        const bus = this.findBus(nameOrArn);
        if (bus === undefined) {
            throw new AwsError("ResourceNotFoundException", `Event bus ${busName(nameOrArn)} does not exist.`);
        }
        return bus;
    }

    /** Creates the rule, or changes it and keeps its targets. Throws an `AwsError` for an invalid pattern. */
    putRule(bus: string, settings: RuleSettings): Rule {
        const { name, rules } = this.bus(bus);
        requireText(LIMITS.ruleName, settings.name);
        requireText(LIMITS.ruleDescription, settings.description);
        const existing = rules.get(settings.name);
        if (existing !== undefined) {
            existing.update(settings);
            return existing;
        }
        const rule = new Rule(name, settings);
        rules.set(settings.name, rule);
        return rule;
    }

    /** @throws AwsError ResourceNotFoundException. */
    rule(bus: string, name: string): Rule {
        const { name: knownBus, rules } = this.bus(bus);
        const rule = rules.get(name);
        if (rule === undefined) {
            throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus ${knownBus}.`);
        }
        return rule;
    }

    deleteRule(bus: string, name: string): void {
        this.findBus(bus)?.rules.delete(name);
    }

    putTarget(bus: string, rule: string, settings: TargetSettings): void {
        this.rule(bus, rule).putTarget(settings);
    }

    removeTarget(bus: string, rule: string, id: string): void {
        this.findBus(bus)?.rules.get(rule)?.targets.delete(id);
    }

    /** Passes the gate for an operation on a bus or rule. */
    authorize(action: string, resource: string, principal: Principal): void {
        this.dependencies.authorize({ principal, action, resource, context: {} });
    }

    putEvents(entries: readonly PutEventsEntry[], principal: Principal): readonly PutEventsResult[] {
        validateEntries(entries);
        for (const { source, detailType, eventBusName } of entries) {
            this.dependencies.authorize({
                principal,
                action: "events:PutEvents",
                resource: arn("events", `event-bus/${busName(eventBusName ?? DEFAULT_BUS)}`),
                context: {
                    "events:source": source ?? "",
                    "events:detail-type": detailType ?? "",
                    "events:eventBusInvocation": "false",
                },
            });
        }
        return entries.map((entry) => {
            const event = toEvent(entry, this.dependencies.clock());
            if ("ErrorCode" in event) {
                return event;
            }
            this.route(event, entry.eventBusName ?? DEFAULT_BUS);
            return { EventId: event.id };
        });
    }

    /** Ends retries and waits for what is being delivered. */
    async close(): Promise<void> {
        this.ending.abort();
        await Promise.all(this.deliveries);
    }

    private route(event: EventEnvelope, busNameOrArn: string): void {
        const bus = this.findBus(busNameOrArn);
        if (bus === undefined) {
            // AWS accepts such an entry and drops the event. Say so, since nobody would find out otherwise.
            this.dependencies.log(
                `events: dropped event ${event.id} from ${event.source}: there is no event bus ${busNameOrArn}`,
            );
            return;
        }
        for (const rule of bus.rules.values()) {
            if (rule.matches(event)) {
                for (const target of rule.targets.values()) {
                    const delivery = deliver(event, rule, target, { ...this.dependencies, signal: this.ending.signal });
                    this.deliveries.add(delivery);
                    void delivery.finally(() => this.deliveries.delete(delivery));
                }
            }
        }
    }
}

function busName(nameOrArn: string): string {
    return nameOrArn.startsWith("arn:")
        ? nameOrArn.slice(nameOrArn.indexOf("event-bus/") + "event-bus/".length)
        : nameOrArn;
}
