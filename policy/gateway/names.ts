import type { PolicyResource } from "@pulumi/policy";
import { shownOutputs } from "./shown-outputs";

/**
 * What no output shows of a gateway in another stack goes by its names, which Pulumi makes of those in the component:
 * `push-notifier-notify-role-0a1b2c3`. `*` stands for what is in between.
 */
const PARTS = {
    roles: ["iam::*:role/NAME-notifier-*-role-", "iam::*:role/NAME-websocket-*-role-"],
    functions: ["lambda:*:*:function:NAME-notifier-*-function-", "lambda:*:*:function:NAME-websocket-*-function-"],
    queues: ["sqs:*:*:NAME-delivery-queue-", "sqs:*:*:NAME-delivery-dead-letters-"],
    log: ["dynamodb:*:*:table/NAME-log-messages-"],
} as const;

/** What Pulumi appends. */
const SUFFIX = "?".repeat(7);

/** The gateway's name in our own program. */
const USUAL_NAME = "push";

/** Patterns for the ARNs of parts of gateways that no output shows: of those that a reference names, and of our own. */
export function namedParts(part: keyof typeof PARTS, resources: readonly PolicyResource[]): readonly string[] {
    const named = shownOutputs(resources, "notifierArn").map((arn) => {
        return /:function:(.+)-notifier-notify-function-[^-:]+$/.exec(arn)?.[1] ?? USUAL_NAME;
    });
    return [...new Set([USUAL_NAME, ...named])].flatMap((name) => {
        return PARTS[part].map((pattern) => `arn:*:${pattern.replace("NAME", name)}${SUFFIX}`);
    });
}
