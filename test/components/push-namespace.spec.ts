import * as assert from "node:assert/strict";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { PushNamespaceArgs } from "../../components";
import { PushNamespace } from "../../components";
import { parseChannel } from "../../contract/channels";
import { parseNamespace } from "../../contract/namespace";
import type { Result } from "../../contract/result";
import { parseRule } from "../../contract/rules";
import { parseTemplate } from "../../contract/templates";
import type { Graph } from "../support/graph";
import { recordFailure, recordGraph } from "../support/graph";
import { without } from "../support/without";

const ARGS: PushNamespaceArgs = {
    gateway: { namespaceTableName: "namespaces" },
    namespace: "orders",
    subscribe: [
        { channel: "orders/{sub}/*" },
        { channel: "orders/@me" },
        { channel: "orders/@all", claims: { role: "staff" } },
    ],
};

const FULL: PushNamespaceArgs = {
    ...ARGS,
    history: { ttlSeconds: 3600, maxMessages: 100 },
    mappings: [
        {
            event: "OrderShipped",
            channels: ["orders/{customer}/{order.id}", "orders/@user/{customer}"],
            data: "order",
            id: "order.id",
            sequence: "order.version",
        },
        { event: "OrderLost", channels: ["orders/@all"] },
    ],
};

function record(args: PushNamespaceArgs): Promise<Graph> {
    return recordGraph(() => new PushNamespace("orders", args));
}

/** The row as DynamoDB would hand it to a function. */
function rowOf(graph: Graph): Record<string, unknown> {
    const { item } = graph.one("aws:dynamodb/tableItem:TableItem", "orders-namespace").inputs;
    return unmarshall(JSON.parse(String(item)) as Record<string, AttributeValue>);
}

/** Why the functions would refuse it, in their own words. */
function reasonOf(result: Result<unknown>): string {
    assert.ok(!result.ok);
    return result.reason;
}

async function problemsOf(args: Partial<PushNamespaceArgs>): Promise<string[]> {
    const { errors, graph } = await recordFailure(() => new PushNamespace("orders", { ...ARGS, ...args }));
    assert.deepEqual(
        graph.resources.filter((resource) => resource.custom),
        [],
        "nothing is created",
    );
    assert.equal(errors.length, 1, "everything is one error");
    const [title, ...problems] = (errors[0] ?? "").split("\n");
    assert.equal(title, 'PushNamespace "orders" cannot be created:');
    return problems.map((problem) => problem.trim());
}

describe("PushNamespace", () => {
    it("is one row of the gateway's table", async () => {
        const graph = await record(ARGS);
        assert.deepEqual(graph.identities, [
            "aws:dynamodb/tableItem:TableItem orders-namespace < orders",
            "push-gateway:index:PushNamespace orders < ",
        ]);
        assert.deepEqual(graph.one("push-gateway:index:PushNamespace", "orders").outputs, ["namespace"]);
        const { tableName, hashKey } = graph.one("aws:dynamodb/tableItem:TableItem", "orders-namespace").inputs;
        assert.deepEqual({ tableName, hashKey }, { tableName: "namespaces", hashKey: "namespace" });
    });

    it("writes the row with what is set, and nothing else", async () => {
        assert.deepEqual(rowOf(await record(ARGS)), {
            namespace: "orders",
            subscribe: [
                { channel: "orders/{sub}/*" },
                { channel: "orders/@me" },
                { channel: "orders/@all", claims: { role: "staff" } },
            ],
        });
        assert.deepEqual(rowOf(await record(FULL)), without(FULL, "gateway"));
    });

    it("writes a row that the functions understand, all of it", async () => {
        const namespace = parseNamespace("orders", rowOf(await record(FULL)));
        assert.deepEqual(namespace.problems, []);
        assert.equal(namespace.rules.length, 3);
        assert.equal(namespace.mappings.length, 2);
        assert.deepEqual(
            namespace.mappings.map(({ id, sequence }) => [id, sequence]),
            [
                ["order.id", "order.version"],
                [undefined, undefined],
            ],
        );
        assert.deepEqual(namespace.history, { ttlSeconds: 3600, maxMessages: 100 });
    });

    it("takes a whole component for the gateway, and records of it only what counts", async () => {
        const gateway = { ...ARGS.gateway, eventBusArn: "arn:bus" };
        const graph = await record({ ...ARGS, gateway });
        assert.deepEqual(graph.one("push-gateway:index:PushNamespace", "orders").inputs["gateway"], {
            namespaceTableName: "namespaces",
        });
    });

    it("gives its name to those who publish, who thereby come after the row", async () => {
        const known: unknown[] = [];
        for (const preview of [false, true]) {
            await recordGraph(
                () => {
                    new PushNamespace("orders", ARGS).namespace.apply((name) => known.push(name));
                },
                { preview },
            );
        }
        assert.deepEqual(known, ["orders", "orders"]);
    });

    it("refuses rules that the functions would not understand, all at once", async () => {
        assert.deepEqual(
            await problemsOf({
                subscribe: [
                    { channel: "orders/@me" },
                    { channel: "billing/{sub}" },
                    { channel: "orders/@user/{sub}" },
                    { channel: "orders/or*" },
                ],
            }),
            [
                `\`subscribe[1]\`: ${reasonOf(parseRule("orders", { channel: "billing/{sub}" }))}`,
                `\`subscribe[2]\`: ${reasonOf(parseRule("orders", { channel: "orders/@user/{sub}" }))}`,
                `\`subscribe[3]\`: ${reasonOf(parseRule("orders", { channel: "orders/or*" }))}`,
            ],
        );
    });

    it("refuses a namespace that nobody may subscribe to", async () => {
        assert.deepEqual(await problemsOf({ subscribe: [] }), [
            "`subscribe`: is empty, so nobody could subscribe to anything; add a rule such as orders/@me",
        ]);
    });

    it("refuses a name that is no plain segment, or EventBridge's own", async () => {
        for (const namespace of [
            "",
            "@orders",
            "or@ders",
            "or%20ders",
            "or/ders",
            "orders*",
            "aws.orders",
            "o".repeat(65),
        ]) {
            assert.deepEqual(await problemsOf({ namespace }), [
                `\`namespace\`: ${JSON.stringify(namespace)} is not a namespace; ` +
                    "use up to 64 of A-Z a-z 0-9 . _ : -, " +
                    'not beginning with "aws.", since EventBridge keeps that for itself',
            ]);
        }
    });

    it("refuses a history without a sensible size", async () => {
        assert.deepEqual(await problemsOf({ history: { ttlSeconds: 0, maxMessages: 10_001 } }), [
            "`history.ttlSeconds`: is 0; use a whole number from 1 to 2592000",
            "`history.maxMessages`: is 10001; use a whole number from 1 to 10000",
        ]);
        assert.deepEqual(await problemsOf({ history: { ttlSeconds: 1.5, maxMessages: 1 } }), [
            "`history.ttlSeconds`: is 1.5; use a whole number from 1 to 2592000",
        ]);
    });

    it("refuses mappings that could never publish, all at once", async () => {
        assert.deepEqual(
            await problemsOf({
                mappings: [
                    { event: "A", channels: ["orders/{id}", "billing/{id}", "orders/x{id}", "orders/@vip/{id}"] },
                    { event: "A", channels: [] },
                    { event: "", channels: ["orders/@all"], data: "order..id", id: "", sequence: "." },
                ],
            }),
            [
                '`mappings[0].channels[1]`: "billing/{id}" does not begin with its namespace; write orders/… here',
                `\`mappings[0].channels[2]\`: ${reasonOf(parseTemplate("orders/x{id}"))}`,
                `\`mappings[0].channels[3]\`: ${reasonOf(parseChannel("orders/@vip/value"))}`,
                '`mappings[1].event`: "A" already has a mapping; list all its channels there',
                "`mappings[1].channels`: is empty; name at least one channel",
                "`mappings[2].event`: is empty; name the event's detail type",
                '`mappings[2].data`: "order..id" is not a dotted path such as order.customer',
                '`mappings[2].id`: "" is not a dotted path such as order.customer',
                '`mappings[2].sequence`: "." is not a dotted path such as order.customer',
            ],
        );
    });
});
