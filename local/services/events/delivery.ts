import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { FunctionInvoker } from "../../aws/invoker";
import type { Pace } from "../../time/pace";
import { assumeRole } from "../../signing/role-session";
import { stringAttribute } from "../sqs/message";
import type { QueueSender } from "../sqs/queues";
import type { EventEnvelope } from "./input";
import type { Rule, Target } from "./rule";
import { messageOf } from "../../aws/message-of";

export interface DeliveryDependencies {
    readonly authorize: Authorize;
    readonly clock: () => number;
    readonly pace: Pace;
    readonly invoker: FunctionInvoker;
    readonly queues: QueueSender;
    readonly log: (line: string) => void;
    /** Aborts when the local cloud ends; what is still to be tried then is dropped. */
    readonly signal: AbortSignal;
}

interface Failure {
    readonly code: string;
    readonly message: string;
    readonly retriable: boolean;
}

type StopCondition = "not retriable" | "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";

interface End {
    readonly failure: Failure;
    readonly retries: number;
    readonly condition: StopCondition;
}

const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;
const FIRST_PAUSE_MS = 1_000;
/** With AWS's 185 attempts this spreads the retries over about a day, as AWS does. */
const LONGEST_PAUSE_MS = 480_000;

/**
 * Brings one event to one target: tries again with back-off until the retry policy ends, then sends the event to the
 * dead-letter queue or drops it. Errors that a retry cannot cure end at once. Never rejects.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export async function deliver(
    event: EventEnvelope,
    rule: Rule,
    target: Target,
    dependencies: DeliveryDependencies,
): Promise<void> {
    const { clock, pace, signal } = dependencies;
    const maximumAttempts = target.retryPolicy?.maximumRetryAttempts ?? DEFAULT_ATTEMPTS;
    const maximumAge = (target.retryPolicy?.maximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS) * 1_000;
    const acceptedAt = clock();
    let paused = 0;
    for (let retries = 0; !signal.aborted; retries += 1) {
        const failure = await attempt(event, rule, target, dependencies);
        if (failure === undefined) {
            return;
        }
        const pause = Math.min(FIRST_PAUSE_MS * 2 ** retries, LONGEST_PAUSE_MS);
        // Compressed pauses count at their full length, so that the age ends retries here as it would in AWS.
        const age = Math.max(clock() - acceptedAt, paused) + pause;
        const condition = stopCondition(failure, retries >= maximumAttempts, age > maximumAge);
        if (condition !== undefined) {
            giveUp(event, rule, target, { failure, retries, condition }, dependencies);
            return;
        }
        paused += pause;
        await pace.wait(pause, signal);
    }
}

function stopCondition(failure: Failure, attemptsUsed: boolean, tooOld: boolean): StopCondition | undefined {
    if (!failure.retriable) {
        return "not retriable";
    }
    if (attemptsUsed) {
        return "MaximumRetryAttempts";
    }
    return tooOld ? "MaximumEventAgeInSeconds" : undefined;
}

async function attempt(
    event: EventEnvelope,
    rule: Rule,
    target: Target,
    dependencies: DeliveryDependencies,
): Promise<Failure | undefined> {
    try {
        const input = target.inputOf(event, {
            ruleArn: rule.arn,
            ruleName: rule.settings.name,
            ingestionTime: new Date(dependencies.clock()).toISOString(),
        });
        const principal =
            target.roleArn === undefined
                ? eventsPrincipal(rule)
                : assumeRole(dependencies.authorize, actingFor(rule), target.roleArn, rule.settings.name);
        if (target.kind === "lambda") {
            await dependencies.invoker.invokeAsync(target.arn, input.payload, principal);
        } else {
            dependencies.queues.send(target.arn, { body: input.text }, principal);
        }
        return undefined;
    } catch (error) {
        return toFailure(error);
    }
}

function giveUp(
    event: EventEnvelope,
    rule: Rule,
    target: Target,
    { failure, retries, condition }: End,
    { queues, log }: DeliveryDependencies,
): void {
    const fate =
        target.deadLetterArn === undefined
            ? "dropped it, as there is no dead-letter queue"
            : "sent it to the dead-letter queue";
    log(
        `events: rule ${rule.settings.name} could not deliver event ${event.id} to ${target.arn} and ${fate}: ` +
            failure.message,
    );
    if (target.deadLetterArn === undefined) {
        return;
    }
    const attributes = {
        RULE_ARN: rule.arn,
        TARGET_ARN: target.arn,
        ERROR_CODE: failure.code,
        ERROR_MESSAGE: failure.message,
        RETRY_ATTEMPTS: String(retries),
        ...(condition === "not retriable" ? {} : { EXHAUSTED_RETRY_CONDITION: condition }),
    };
    try {
        queues.send(
            target.deadLetterArn,
            {
                body: JSON.stringify(event),
                attributes: Object.fromEntries(
                    Object.entries(attributes).map(([name, value]) => [name, stringAttribute(value)]),
                ),
            },
            eventsPrincipal(rule),
        );
    } catch (error) {
        log(
            `events: event ${event.id} is lost, its dead-letter queue ${target.deadLetterArn} answered: ` +
                messageOf(error),
        );
    }
}

function eventsPrincipal(rule: Rule): Principal {
    return { kind: "service", ...actingFor(rule) };
}

function actingFor(rule: Rule): { readonly service: string; readonly sourceArn: string } {
    return { service: "events.amazonaws.com", sourceArn: rule.arn };
}

function toFailure(error: unknown): Failure {
    if (!(error instanceof AwsError)) {
        return { code: "INTERNAL_ERROR", message: messageOf(error), retriable: true };
    }
    const { code, message, status } = error;
    if (/^AccessDenied/.test(code)) {
        return { code: "NO_PERMISSIONS", message, retriable: false };
    }
    if (code === "ResourceNotFoundException" || code === "QueueDoesNotExist") {
        return { code: "NO_RESOURCE", message, retriable: false };
    }
    if (status === 429 || code === "OverLimit") {
        return { code: "THROTTLING", message, retriable: true };
    }
    return { code: status >= 500 ? "ERROR_FROM_TARGET" : "SDK_CLIENT_ERROR", message, retriable: status >= 500 };
}
