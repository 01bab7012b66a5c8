import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import { CONTRACT_OUTPUT_NAMES, contractProblems } from "../contract/outputs";
import { recordFailure, recordGraph } from "./support/graph";
import * as pulumi from "@pulumi/pulumi";

const CONFIG = {
    "push-gateway:issuer": "https://login.example.com/",
    "push-gateway:audience": "push-gateway",
    "push-gateway:allowedOrigins": '["https://shop.example.com"]',
};

/** Runs the program anew, as `pulumi up` does, and returns what it exports. */
async function runProgram(): Promise<Record<string, unknown>> {
    const load = createRequire(__filename);
    Reflect.deleteProperty(load.cache, load.resolve("../index.ts"));
    const outputs = load("../index.ts") as Record<string, unknown>;
    return await new Promise((resolve) => {
        pulumi.output(outputs).apply((values) => {
            resolve(values);
        });
    });
}

describe("the platform stack", () => {
    it("is one PushGateway, and exports exactly the contract", async () => {
        let outputs: Record<string, unknown> = {};
        const graph = await recordGraph(
            async () => {
                outputs = await runProgram();
            },
            { config: CONFIG },
        );
        assert.deepEqual(
            graph.resources.filter(({ parent }) => parent === "").map(({ type, name }) => [type, name]),
            [["push-gateway:index:PushGateway", "push"]],
        );
        assert.deepEqual(contractProblems(outputs), []);
        assert.deepEqual(Object.keys(outputs), CONTRACT_OUTPUT_NAMES);
    });

    it("creates nothing when its configuration is wrong", async () => {
        const { errors, graph } = await recordFailure(runProgram, {
            config: { ...CONFIG, "push-gateway:issuer": "nowhere" },
        });
        assert.deepEqual(errors, [
            "The configuration of the stack test is not usable, so nothing is created:\n" +
                '  push-gateway:issuer is "nowhere"; write a URL that begins with https://',
        ]);
        assert.deepEqual(graph.resources, []);
    });
});
