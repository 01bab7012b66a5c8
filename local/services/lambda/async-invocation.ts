import type { Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { Pace } from "../../time/pace";
import type { MessageAttributes } from "../sqs/message";
import type { QueueSender } from "../sqs/queues";
import type { EventInvokeSettings, FunctionSettings } from "./function";
import type { Outcome } from "./sandbox/sandbox";
import { messageOf } from "../../aws/message-of";

export interface AsyncInvocation {
    readonly requestId: string;
    readonly functionArn: string;
    /** JSON text. */
    readonly payload: string;
    readonly acceptedAt: number;
}

export interface AsyncDependencies {
    readonly clock: () => number;
    readonly pace: Pace;
    readonly queues: QueueSender;
    readonly log: (line: string) => void;
    readonly signal: AbortSignal;
    /** Runs the function once; throws an `AwsError` when it is throttled or gone. */
    readonly run: () => Promise<Outcome>;
    /** Asked at the end, as a function's configuration may change meanwhile. */
    readonly configuration: () => {
        readonly settings: FunctionSettings;
        readonly eventInvoke: EventInvokeSettings;
        readonly role: Principal;
    };
}

type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded";

/** A minute before the first retry, two before the second. */
const RETRY_PAUSES_MS = [60_000, 120_000];
const FIRST_THROTTLE_PAUSE_MS = 1_000;
const LONGEST_THROTTLE_PAUSE_MS = 300_000;

/**
 * Runs one asynchronous invocation to its end: function errors are tried again twice, throttling until the event is too
 * old, and what fails for good goes to the failure destination and the dead-letter queue. Never rejects.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function runToEnd(invocation: AsyncInvocation, dependencies: AsyncDependencies): Promise<void> {
    const { clock, pace, signal } = dependencies;
    let paused = 0;
    let throttles = 0;
    let outcome: Outcome | undefined;
    for (let attempts = 0; !signal.aborted;) {
        const result = await attempt(invocation, dependencies);
        if (result === "gone") {
            return;
        }
        if (result !== "throttled") {
            outcome = result;
            attempts += 1;
        }
        const { maximumRetryAttempts = 2, maximumEventAgeInSeconds = 21_600 } =
            dependencies.configuration().eventInvoke;
        const pause =
            result === "throttled"
                ? Math.min(FIRST_THROTTLE_PAUSE_MS * 2 ** throttles++, LONGEST_THROTTLE_PAUSE_MS)
                : (RETRY_PAUSES_MS[attempts - 1] ?? 0);
        const age = Math.max(clock() - invocation.acceptedAt, paused) + pause;
        const condition = conditionOf(outcome, attempts > maximumRetryAttempts, age > maximumEventAgeInSeconds * 1_000);
        if (condition !== undefined) {
            finish(invocation, { condition, attempts, outcome }, dependencies);
            return;
        }
        paused += pause;
        await pace.wait(pause, signal);
    }
}

async function attempt(
    invocation: AsyncInvocation,
    { run, log, signal }: AsyncDependencies,
): Promise<Outcome | "throttled" | "gone"> {
    try {
        const outcome = await run();
        if (!outcome.ok && !signal.aborted) {
            const { errorType, errorMessage } = outcome.error;
            log(`lambda: ${invocation.functionArn} failed (${invocation.requestId}): ${errorType}: ${errorMessage}`);
        }
        return signal.aborted ? "gone" : outcome;
    } catch (error) {
        if (error instanceof AwsError && error.status === 429) {
            return "throttled";
        }
        if (!signal.aborted) {
            log(`lambda: dropped an event for ${invocation.functionArn}: ${messageOf(error)}`);
        }
        return "gone";
    }
}

function conditionOf(outcome: Outcome | undefined, attemptsUsed: boolean, tooOld: boolean): Condition | undefined {
    if (outcome?.ok === true) {
        return "Success";
    }
    if (attemptsUsed) {
        return "RetriesExhausted";
    }
    return tooOld ? "EventAgeExceeded" : undefined;
}

interface End {
    readonly condition: Condition;
    readonly attempts: number;
    readonly outcome: Outcome | undefined;
}

function finish(invocation: AsyncInvocation, end: End, dependencies: AsyncDependencies): void {
    const { settings, eventInvoke } = dependencies.configuration();
    const destination = end.condition === "Success" ? eventInvoke.onSuccessArn : eventInvoke.onFailureArn;
    if (destination !== undefined) {
        send(destination, record(invocation, end, dependencies.clock()), {}, dependencies);
    }
    if (end.condition !== "Success" && settings.deadLetterArn !== undefined) {
        send(
            settings.deadLetterArn,
            invocation.payload,
            {
                RequestID: { DataType: "String", StringValue: invocation.requestId },
                ErrorCode: { DataType: "Number", StringValue: "200" },
                ErrorMessage: {
                    DataType: "String",
                    StringValue: errorOf(end.outcome).slice(0, 1_024) || end.condition,
                },
            },
            dependencies,
        );
    }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function record(invocation: AsyncInvocation, { condition, attempts, outcome }: End, now: number): string {
    return JSON.stringify({
        version: "1.0",
        timestamp: new Date(now).toISOString(),
        requestContext: {
            requestId: invocation.requestId,
            functionArn: `${invocation.functionArn}:$LATEST`,
            condition,
            approximateInvokeCount: attempts,
        },
        requestPayload: JSON.parse(invocation.payload) as unknown,
        responseContext:
            outcome === undefined
                ? undefined
                : {
                      statusCode: 200,
                      executedVersion: "$LATEST",
                      ...(outcome.ok ? {} : { functionError: "Unhandled" }),
                  },
        responsePayload: responsePayload(outcome),
    });
}

function responsePayload(outcome: Outcome | undefined): unknown {
    if (outcome === undefined) {
        return undefined;
    }
    return outcome.ok ? (JSON.parse(outcome.payload) as unknown) : outcome.error;
}

function errorOf(outcome: Outcome | undefined): string {
    return outcome?.ok === false ? outcome.error.errorMessage : "";
}

function send(queueArn: string, body: string, attributes: MessageAttributes, dependencies: AsyncDependencies): void {
    try {
        dependencies.queues.send(queueArn, { body, attributes }, dependencies.configuration().role);
    } catch (error) {
        dependencies.log(`lambda: the destination ${queueArn} answered: ${messageOf(error)}`);
    }
}
