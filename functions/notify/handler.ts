import { acceptMessages } from "../publishing/accept-message";
import { sumReports } from "../fan-out/planner";
import type { DeadLetters } from "../deliveries/dead-letters";
import { isBusEvent, parseInvocation } from "../publishing/invocation";
import { quoted } from "../../contract/json";
import type { Log } from "../runtime/log";
import type { Metrics } from "../runtime/metrics";
import type { Namespace } from "../../contract/namespace";
import type { Namespaces } from "../namespaces/namespaces";
import type { PublishedMessage } from "../publishing/published-message";
import type { Publish, PublishReport } from "../publishing/publisher";
import type { Rejection } from "../../contract/dead-letters";
import { RejectedMessageError } from "../../contract/dead-letters";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";

export interface NotifyDeps {
    readonly namespaces: Namespaces;
    readonly publish: Publish;
    /** The largest frame that can be posted. */
    readonly maxFrameBytes: number;
    readonly deadLetters: DeadLetters;
    readonly metrics: Metrics;
    readonly log: Log;
    readonly clock: () => number;
    readonly randomId: () => string;
}

interface Publication {
    /** Of one event, under one id. */
    readonly messages: readonly PublishedMessage[];
    readonly namespace: Namespace;
}

const NOTHING_SENT: PublishReport = { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 };

/**
 * Publishes what a rule of the push bus, or a direct caller, hands it. A message that is not acceptable goes to the
 * dead-letter queue if it came by the bus, which has nobody to tell; a direct caller gets a RejectedMessageError.
 * Anything that may be different next time is thrown, so that Lambda tries the event again.
 */
export function createNotifyHandler(deps: NotifyDeps): (input: unknown) => Promise<PublishReport> {
    return async (input) => {
        const publication = await accept(deps, input);
        if (!publication.ok) {
            return reject(deps, publication.reason, input);
        }
        const { messages, namespace } = publication.value;
        const [message] = messages;
        if (message === undefined) {
            return NOTHING_SENT;
        }
        const report = await publishAll(deps.publish, messages, namespace);
        const { delivered, stale, failed } = report;
        deps.metrics.count({ published: 1, delivered, stale, failed }, namespace.name, {
            id: message.id,
            event: message.event,
        });
        return report;
    };
}

async function publishAll(
    publish: Publish,
    messages: readonly PublishedMessage[],
    namespace: Namespace,
): Promise<PublishReport> {
    const reports = messages.map((message) => publish(message, namespace));
    const [only] = reports;
    return reports.length === 1 && only !== undefined ? only : sumReports(reports);
}

async function accept(
    { namespaces, maxFrameBytes, clock, randomId }: NotifyDeps,
    input: unknown,
): Promise<Result<Publication, Rejection>> {
    const invocation = parseInvocation(input, { clock, randomId });
    if (!invocation.ok) {
        return invocation;
    }
    const namespace = await namespaces.find(invocation.value.namespace);
    if (namespace === undefined) {
        return refused({
            code: "unknown_namespace",
            message: `Nobody registered the namespace ${quoted(invocation.value.namespace)}.`,
        });
    }
    const messages = acceptMessages(invocation.value, namespace, maxFrameBytes);
    return messages.ok ? accepted({ messages: messages.value, namespace }) : messages;
}

async function reject(
    { deadLetters, metrics, log }: NotifyDeps,
    rejection: Rejection,
    input: unknown,
): Promise<PublishReport> {
    metrics.count({ rejected: 1 }, undefined, { reason: rejection.code });
    log.warn("A message was rejected", { reason: rejection.code, detail: rejection.message });
    if (!isBusEvent(input)) {
        throw new RejectedMessageError(rejection);
    }
    await deadLetters.rejected(rejection, input);
    return NOTHING_SENT;
}
