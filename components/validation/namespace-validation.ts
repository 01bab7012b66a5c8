import { isNamespaceName } from "../../contract/channels";
import { MAX_HISTORY_MESSAGES, MAX_HISTORY_SECONDS, MAX_NAMESPACE_LENGTH } from "../../contract/limits";
import { parseRule } from "../../contract/rules";
import { channelTemplateProblem } from "./channel-template-problem";
import type { InputProblems } from "./input-problems";
import type { EventMapping, NamespaceHistory, PushNamespaceArgs } from "../arguments/push-namespace-args";

/** Adds everything about the namespace that the gateway's functions would refuse. */
export function validateNamespace(args: PushNamespaceArgs, problems: InputProblems): void {
    const name = namespaceProblem(args.namespace);
    if (name !== undefined) {
        // Every rule and template would be reported for not beginning with it.
        problems.add("namespace", name);
        return;
    }
    if (args.subscribe.length === 0) {
        problems.add(
            "subscribe",
            `is empty, so nobody could subscribe to anything; add a rule such as ${args.namespace}/@me`,
        );
    }
    args.subscribe.forEach((rule, index) => {
        const parsed = parseRule(args.namespace, rule);
        if (!parsed.ok) {
            problems.add(`subscribe[${index}]`, parsed.reason);
        }
    });
    validateHistory(args.history, problems);
    validateMappings(args.namespace, args.mappings ?? [], problems);
}

/** The fault of a namespace's name; `undefined` when it has none. */
export function namespaceProblem(namespace: string): string | undefined {
    return isNamespaceName(namespace) && !namespace.startsWith("aws.")
        ? undefined
        : `${JSON.stringify(namespace)} is not a namespace; use up to ${MAX_NAMESPACE_LENGTH} of ` +
              'A-Z a-z 0-9 . _ : -, not beginning with "aws.", since EventBridge keeps that for itself';
}

function validateHistory(history: NamespaceHistory | undefined, problems: InputProblems): void {
    if (history === undefined) {
        return;
    }
    const limits = { ttlSeconds: MAX_HISTORY_SECONDS, maxMessages: MAX_HISTORY_MESSAGES } as const;
    for (const [name, limit] of Object.entries(limits) as [keyof typeof limits, number][]) {
        const value = history[name];
        if (!Number.isInteger(value) || value < 1 || value > limit) {
            problems.add(`history.${name}`, `is ${value}; use a whole number from 1 to ${limit}`);
        }
    }
}

function validateMappings(namespace: string, mappings: readonly EventMapping[], problems: InputProblems): void {
    const seen = new Set<string>();
    mappings.forEach((mapping, index) => {
        const at = `mappings[${index}]`;
        if (mapping.event === "") {
            problems.add(`${at}.event`, "is empty; name the event's detail type");
        }
        if (seen.has(mapping.event)) {
            problems.add(
                `${at}.event`,
                `${JSON.stringify(mapping.event)} already has a mapping; list all its channels there`,
            );
        }
        seen.add(mapping.event);
        if (mapping.channels.length === 0) {
            problems.add(`${at}.channels`, "is empty; name at least one channel");
        }
        mapping.channels.forEach((template, position) => {
            const problem = channelTemplateProblem(namespace, template);
            if (problem !== undefined) {
                problems.add(`${at}.channels[${position}]`, problem);
            }
        });
        validatePath(`${at}.data`, mapping.data, problems);
        validatePath(`${at}.id`, mapping.id, problems);
        validatePath(`${at}.sequence`, mapping.sequence, problems);
    });
}

function validatePath(at: string, path: string | undefined, problems: InputProblems): void {
    if (path?.split(".").some((step) => step === "") === true) {
        problems.add(at, `${JSON.stringify(path)} is not a dotted path such as order.customer`);
    }
}
