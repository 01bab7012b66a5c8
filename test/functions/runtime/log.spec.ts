import { strict as assert } from "node:assert";
import { createLog } from "../../../functions/runtime/log";
import { createMetrics } from "../../../functions/runtime/metrics";

describe("The log", () => {
    it("writes one JSON object per line, and errors with what they say", () => {
        const lines: string[] = [];
        const log = createLog((line) => lines.push(line));
        log.warn("two\nlines", { error: new TypeError("broken", { cause: new Error("deeper") }), big: 10n });
        assert.equal(lines.length, 1);
        assert.ok(!lines[0]?.includes("\n"));
        const { level, message, error, big } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
        assert.deepEqual([level, message, big], ["warn", "two\nlines", "10"]);
        const { name, message: text, stack, cause } = error as Record<string, unknown>;
        assert.deepEqual([name, text, (cause as { message: string }).message], ["TypeError", "broken", "deeper"]);
        assert.match(String(stack), /log\.spec/);
    });

    it("does not fail for a cause that refers to itself", () => {
        const lines: string[] = [];
        const request: Record<string, unknown> = {};
        request["self"] = request;
        createLog((line) => lines.push(line)).error("x", { error: new Error("broken", { cause: request }) });
        assert.equal(lines.length, 1);
    });
});

describe("Metrics", () => {
    const line = (namespace?: string): Record<string, unknown> => {
        const lines: string[] = [];
        createMetrics(
            "notify-1a2b",
            () => 1_707_502_303_555,
            (text) => lines.push(text),
        ).count({ published: 1, delivered: 12 }, namespace, { id: "m-1" });
        assert.equal(lines.length, 1);
        return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    };

    it("are lines of CloudWatch's embedded metric format, per function and per namespace", () => {
        assert.deepEqual(line("orders"), {
            id: "m-1",
            _aws: {
                Timestamp: 1_707_502_303_555,
                CloudWatchMetrics: [
                    {
                        Namespace: "PushGateway",
                        Dimensions: [["function"], ["function", "namespace"]],
                        Metrics: [
                            { Name: "published", Unit: "Count" },
                            { Name: "delivered", Unit: "Count" },
                        ],
                    },
                ],
            },
            function: "notify-1a2b",
            namespace: "orders",
            published: 1,
            delivered: 12,
        });
    });

    it("have no namespace dimension for a message of no namespace, so that a typo makes no series", () => {
        const { _aws, namespace } = line();
        assert.deepEqual((_aws as { CloudWatchMetrics: [{ Dimensions: unknown }] }).CloudWatchMetrics[0].Dimensions, [
            ["function"],
        ]);
        assert.equal(namespace, undefined);
    });
});
