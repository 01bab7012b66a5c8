import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readProject } from "../../../local/program/project";
import { LocalStack } from "../../../local/program/stack";
import type { ResourceBehaviour } from "../../../local/resources/resource";

const PROGRAM = path.join(__dirname, "../fixtures/evolving");

/** Through the SDK's own `cmd/run`, in a process of its own; only the behaviours are the test's. */
describe("LocalStack", () => {
    let folder: string;
    let events: string[];
    let stack: LocalStack;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "push-gateway-"));
        events = [];
        stack = new LocalStack({
            behaviours: { "aws:sqs/queue:Queue": recordingBehaviour(events) },
            referenced: () => Promise.resolve(undefined),
            log: () => undefined,
        });
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const deploy = async (queues: Readonly<Record<string, number>>): Promise<void> => {
        writeFileSync(path.join(folder, "desired.json"), JSON.stringify({ queues }));
        await stack.deploy(readProject(PROGRAM, "local", { "test.folder": folder }));
    };

    it("creates what the program registers, and hands its outputs to the stack's outputs", async () => {
        await deploy({ a: 1, b: 2 });

        assert.deepEqual([...events].sort(), ["create a", "create b"]);
        assert.deepEqual(stack.outputs, { urls: { a: "url of a", b: "url of b" } });
    });

    it("leaves alone what did not change, updates what did, deletes what is gone", async () => {
        await deploy({ same: 1, changed: 1, gone: 1 });
        events.length = 0;

        await deploy({ same: 1, changed: 2, fresh: 1 });

        assert.deepEqual([...events].sort(), ["create fresh", "delete gone", "update changed"]);
        assert.deepEqual(
            stack.graph
                .filter(({ request }) => request.custom)
                .map(({ request }) => request.name)
                .sort(),
            ["changed", "fresh", "same"],
        );
    });

    it("keeps what was in service when the program fails", async () => {
        await deploy({ a: 1 });
        writeFileSync(path.join(folder, "desired.json"), "{");

        await assert.rejects(
            stack.deploy(readProject(PROGRAM, "local", { "test.folder": folder })),
            /evolving: SyntaxError/,
        );

        assert.deepEqual(events, ["create a"]);
        assert.equal(
            stack.graph.some(({ request }) => request.name === "a"),
            true,
        );
    });

    it("gives resources the URNs that the engine would", async () => {
        await deploy({ a: 1 });

        assert.deepEqual(
            stack.graph.map(({ urn }) => urn),
            [
                "urn:pulumi:local::evolving::pulumi:pulumi:Stack::evolving-local",
                "urn:pulumi:local::evolving::aws:sqs/queue:Queue::a",
            ],
        );
    });
});

function recordingBehaviour(events: string[]): ResourceBehaviour {
    return {
        create: ({ name }) => {
            events.push(`create ${name}`);
            return { id: name, outputs: { url: `url of ${name}` } };
        },
        update: ({ name }, current) => {
            events.push(`update ${name}`);
            return current;
        },
        delete: ({ id }) => {
            events.push(`delete ${id}`);
        },
    };
}
