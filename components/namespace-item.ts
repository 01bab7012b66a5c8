import type { EventMapping, NamespaceHistory, PushNamespaceArgs, SubscribeRule } from "./push-namespace";

/** A value in DynamoDB's own notation. */
type AttributeValue =
    | { readonly S: string }
    | { readonly N: string }
    | { readonly L: readonly AttributeValue[] }
    | { readonly M: Readonly<Record<string, AttributeValue>> };

/** The row of the namespace table, as the functions read it. */
export function namespaceItem(args: PushNamespaceArgs): Readonly<Record<string, AttributeValue>> {
    return {
        namespace: { S: args.namespace },
        subscribe: { L: args.subscribe.map(ruleValue) },
        ...(args.history === undefined ? {} : { history: historyValue(args.history) }),
        ...(args.mappings === undefined ? {} : { mappings: { L: args.mappings.map(mappingValue) } }),
    };
}

function ruleValue(rule: SubscribeRule): AttributeValue {
    const claims = Object.entries(rule.claims ?? {}).map(([name, value]) => [name, { S: value }] as const);
    return {
        M: {
            channel: { S: rule.channel },
            ...(claims.length === 0 ? {} : { claims: { M: Object.fromEntries(claims) } }),
        },
    };
}

function historyValue(history: NamespaceHistory): AttributeValue {
    return { M: { ttlSeconds: { N: String(history.ttlSeconds) }, maxMessages: { N: String(history.maxMessages) } } };
}

function mappingValue(mapping: EventMapping): AttributeValue {
    return {
        M: {
            event: { S: mapping.event },
            channels: { L: mapping.channels.map((channel) => ({ S: channel })) },
            ...(mapping.data === undefined ? {} : { data: { S: mapping.data } }),
            ...(mapping.idempotencyKey === undefined ? {} : { idempotencyKey: { S: mapping.idempotencyKey } }),
            ...(mapping.sequence === undefined ? {} : { sequence: { S: mapping.sequence } }),
        },
    };
}
