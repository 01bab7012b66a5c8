import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { FindStack } from "../../../local/program/deployment";
import type { Project } from "../../../local/program/project";
import { readProject } from "../../../local/program/project";
import { LocalStack } from "../../../local/program/stack";
import { Account, QUEUE } from "./support/account";

const PROGRAM = path.join(__dirname, "../fixtures/evolving");

/** Through the SDK's own `cmd/run`, in a process of its own; only the behaviours are the test's. */
describe("LocalStack", () => {
    let folder: string;
    let account: Account;
    let stack: LocalStack;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "push-gateway-"));
        account = new Account();
        stack = new LocalStack({ behaviours: account.behaviours, log: () => undefined });
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const noStack: FindStack = () => Promise.resolve(undefined);

    const desire = (desired: object | string): Project => {
        const text = typeof desired === "string" ? desired : JSON.stringify(desired);
        writeFileSync(path.join(folder, "desired.json"), text);
        return readProject(PROGRAM, "local", { "test.folder": folder });
    };
    const deploy = (desired: object | string, findStack = noStack): Promise<void> =>
        stack.deploy(desire(desired), findStack);

    it("creates what the program registers, by the engine's URNs, and has what it exports as outputs", async () => {
        await deploy({ queues: { a: 1, b: 2 } });

        assert.deepEqual(account.told(), ["create a", "create b"]);
        assert.deepEqual(stack.outputs, { urls: { a: "url of a", b: "url of b" } });
        assert.deepEqual(stack.graph.map(({ urn }) => urn).sort(), [
            "urn:pulumi:local::evolving::aws:sqs/queue:Queue::a",
            "urn:pulumi:local::evolving::aws:sqs/queue:Queue::b",
            "urn:pulumi:local::evolving::pulumi:providers:aws::default",
            "urn:pulumi:local::evolving::pulumi:pulumi:Stack::evolving-local",
        ]);
    });

    it("leaves alone what did not change, updates what did, deletes what is gone", async () => {
        await deploy({ queues: { same: 1, changed: 1, gone: 1 } });
        account.told();

        await deploy({ queues: { same: 1, changed: 2, fresh: 1 } });

        assert.deepEqual(account.told(), ["create fresh", "delete gone", "update changed"]);
        assert.deepEqual(namesOf(stack, QUEUE), ["changed", "fresh", "same"]);
    });

    describe("when a deployment fails", () => {
        it("keeps the outputs and what was in service, and the next one reads everything afresh", async () => {
            await deploy({ queues: { a: 1 }, version: 1 });
            account.told();

            await assert.rejects(deploy("{"), /evolving: SyntaxError/);
            account.refuses.add("create b");
            await assert.rejects(deploy({ queues: { a: 1, b: 1 }, version: 2 }), /evolving: create b is refused/);

            assert.deepEqual(account.told(), ["create b"]);
            assert.deepEqual(namesOf(stack, QUEUE), ["a"]);
            assert.deepEqual(stack.outputs, { urls: { a: "url of a" }, version: 1 });

            await deploy({ queues: { a: 1 }, version: 3 });
            assert.deepEqual(stack.outputs, { urls: { a: "url of a" }, version: 3 });
        });

        it("waits for what is under way where somebody ends it, so that nothing of it comes later", async () => {
            const ending = new AbortController();
            const create = account.hold("create slow");
            const deploying = stack.deploy(desire({ queues: { slow: 1 } }), noStack, ending.signal);
            await create.begun;
            const ended = deploying.then(
                () => "succeeded",
                (error: unknown) => (error as Error).name,
            );
            ending.abort();
            await untilGone(Number(readFileSync(path.join(folder, "pid"), "utf8")));

            assert.equal(await Promise.race([ended, turns(100)]), "still under way");
            create.finish();
            assert.equal(await ended, "AbortError");
            assert.deepEqual(namesOf(stack, QUEUE), ["slow"]);
        });
    });
});

function namesOf(stack: LocalStack, type: string): readonly string[] {
    return stack.graph
        .filter(({ request }) => request.type === type)
        .map(({ request }) => request.name)
        .sort();
}

/** Waits until there is no such process. Mocha's timeout bounds the wait. */
async function untilGone(pid: number): Promise<void> {
    for (;;) {
        try {
            process.kill(pid, 0);
        } catch {
            return;
        }
        await new Promise((resolve) => setImmediate(resolve));
    }
}

/** Far more turns of the event loop than a promise takes that waits for nothing else. */
async function turns(count: number): Promise<string> {
    for (let turn = 0; turn < count; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
    }
    return "still under way";
}
