import * as assert from "node:assert/strict";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import type { NamespaceRegistration } from "../../contract/namespace";
import { namespaceItem, parseNamespace } from "../../contract/namespace";
import { parseRule } from "../../contract/rules";
import { parseTemplate } from "../../contract/templates";

/** The row as the document client of a function returns it. */
function stored(registration: NamespaceRegistration): Record<string, unknown> {
    return unmarshall(namespaceItem(registration) as unknown as Record<string, AttributeValue>);
}

describe("a namespace's row", () => {
    it("is what DynamoDB takes, without what is absent", () => {
        const registration = {
            namespace: "orders",
            subscribe: [{ channel: "orders/{sub}" }, { channel: "orders/@all", claims: { role: "staff" } }],
            history: { ttlSeconds: 60, maxMessages: 5 },
            mappings: [{ event: "OrderShipped", channels: ["orders/{id}"], data: undefined, sequence: "version" }],
        };
        assert.deepEqual(namespaceItem({ ...registration, ...{ gateway: "not of the row" } }), {
            namespace: { S: "orders" },
            subscribe: {
                L: [
                    { M: { channel: { S: "orders/{sub}" } } },
                    { M: { channel: { S: "orders/@all" }, claims: { M: { role: { S: "staff" } } } } },
                ],
            },
            history: { M: { ttlSeconds: { N: "60" }, maxMessages: { N: "5" } } },
            mappings: {
                L: [
                    {
                        M: {
                            event: { S: "OrderShipped" },
                            channels: { L: [{ S: "orders/{id}" }] },
                            sequence: { S: "version" },
                        },
                    },
                ],
            },
        });
    });

    it("is read as what was written, whatever it says", () => {
        const path = fc.stringMatching(/^[a-z]{1,5}(\.[a-z]{1,5}){0,2}$/);
        const registrations = fc
            .record(
                {
                    subscribe: fc.array(
                        fc.record(
                            {
                                channel: fc.constantFrom("orders/*", "orders/{sub}/x", "orders/@all", "orders/@me"),
                                claims: fc.dictionary(
                                    fc.constantFrom("role", "site", "a.b"),
                                    fc.string({ minLength: 1 }),
                                ),
                            },
                            { requiredKeys: ["channel"], noNullPrototype: true },
                        ),
                    ),
                    history: fc.record(
                        { ttlSeconds: fc.integer({ min: 1 }), maxMessages: fc.integer({ min: 1 }) },
                        { noNullPrototype: true },
                    ),
                    mappings: fc.array(
                        fc
                            .record(
                                { data: path, id: path, sequence: path },
                                { requiredKeys: [], noNullPrototype: true },
                            )
                            .map((paths) => ({ event: "Shipped", channels: ["orders/{id}", "orders/@all"], ...paths })),
                    ),
                },
                { requiredKeys: ["subscribe"], noNullPrototype: true },
            )
            .map((rest) => ({ namespace: "orders", ...rest }));
        fc.assert(
            fc.property(registrations, (registration) => {
                const { name, rules, history, mappings, problems } = parseNamespace("orders", stored(registration));
                assert.deepEqual(problems, []);
                assert.equal(name, "orders");
                assert.deepEqual(
                    rules.map((value) => ({ ok: true, value })),
                    registration.subscribe.map((rule) => parseRule("orders", rule)),
                );
                assert.deepEqual(history, registration.history);
                assert.deepEqual(
                    mappings.map(({ channels, ...mapping }) => ({
                        ...mapping,
                        channels: channels.map(({ text }) => text),
                    })),
                    registration.mappings ?? [],
                );
            }),
        );
    });

    it("opens and maps nothing by what cannot be understood, and says so", () => {
        const { rules, mappings, history, problems } = parseNamespace("orders", {
            subscribe: [{ channel: "invoices/*" }, { channel: "orders/*" }],
            mappings: [{ event: "A", channels: [] }, { event: "B", channels: "orders/x" }, { channels: ["orders/x"] }],
            history: { ttlSeconds: 0, maxMessages: 1 },
        });
        assert.equal(rules.length, 1);
        assert.deepEqual(mappings, []);
        assert.equal(history, undefined);
        assert.deepEqual(problems, [
            'The rule "invoices/*" does not begin with its namespace, "orders".',
            "The mapping of A has no `channels`.",
            "The `channels` of the mapping of B is a list of templates; this one is a string.",
            "A mapping names the `event` that it takes.",
            "`history` has a positive `ttlSeconds` and a positive `maxMessages`.",
        ]);
        assert.ok(parseTemplate("orders/{id}").ok);
    });
});
