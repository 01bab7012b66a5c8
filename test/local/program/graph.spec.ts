import { strict as assert } from "node:assert";
import type { StackResource } from "../../../local/program/graph";
import { Graph } from "../../../local/program/graph";
import type { RegistrationRequest } from "../../../local/program/monitor";
import { Account, POLICY, QUEUE } from "./support/account";

describe("Graph", () => {
    let account: Account;
    let graph: Graph;
    beforeEach(() => {
        account = new Account();
        graph = new Graph(account.behaviours);
    });

    const queue = (seconds: number, more: Partial<RegistrationRequest> = {}): Promise<StackResource> =>
        graph.put("urn:queue", request(QUEUE, "queue", { seconds, ...more.inputs }, more.dependencies));
    const fifoQueue = (): Promise<StackResource> => queue(1, { inputs: { fifoQueue: true } });
    const policy = (): Promise<StackResource> =>
        graph.put("urn:policy", request(POLICY, "policy", { queueUrl: "url of queue" }, ["urn:queue"]));

    it("updates again what an update may have left half-changed, though the edit was undone", async () => {
        await queue(1);
        account.refuses.add("update queue");
        await assert.rejects(queue(2), /update queue is refused/);
        account.refuses.clear();
        account.told();

        await queue(1);
        assert.deepEqual(account.told(), ["update queue"]);

        await queue(1);
        assert.deepEqual(account.told(), []);
    });

    it("creates again what was deleted for a successor that was refused, though the edit was undone", async () => {
        await queue(1);
        account.refuses.add("create queue");
        await assert.rejects(fifoQueue(), /create queue is refused/);
        assert.deepEqual(graph.all, []);
        account.refuses.clear();
        account.told();

        await queue(1);

        assert.deepEqual(account.told(), ["create queue"]);
    });

    it("does not take for unchanged what a deletion may have left half-deleted", async () => {
        await queue(1);
        account.refuses.add("delete queue");
        await assert.rejects(fifoQueue(), /delete queue is refused/);
        account.refuses.clear();
        account.told();

        await queue(1);

        assert.deepEqual(account.told(), ["update queue"]);
    });

    it("puts in service again what was made of a resource whose successor has the same id", async () => {
        await queue(1);
        await policy();
        account.told();

        await fifoQueue();
        await policy();

        assert.deepEqual(account.told(), ["create policy", "create queue", "delete policy", "delete queue"]);
    });

    it("does so too when the successor comes only with a later deployment", async () => {
        await queue(1);
        await policy();
        account.refuses.add("create queue");
        await assert.rejects(fifoQueue(), /create queue is refused/);
        account.refuses.clear();
        account.told();

        await queue(1);
        await policy();

        assert.deepEqual(account.told(), ["create policy", "create queue", "delete policy"]);
    });

    it("does so too for what was made of another stack that has deleted something since", async () => {
        const deploy = async (deleted: number): Promise<void> => {
            const reference = request("pulumi:pulumi:StackReference", "other", {});
            const result = { urn: "urn:other", id: "organization/other/local", outputs: {} };
            graph.refer({ urn: "urn:other", request: reference, result }, deleted);
            await queue(1, { dependencies: ["urn:other"] });
        };
        await deploy(0);
        await deploy(0);
        assert.deepEqual(account.told(), ["create queue"]);

        await deploy(1);
        assert.deepEqual(account.told(), ["update queue"]);

        await deploy(1);
        assert.deepEqual(account.told(), []);
    });

    it("deletes what is gone, dependents first, also when they were registered in another order before", async () => {
        await policy();
        await queue(1);
        await policy();
        account.told();

        await graph.removeAllBut(new Set());

        assert.deepEqual(account.inOrder, ["delete policy", "delete queue"]);
        assert.deepEqual(graph.all, []);
    });
});

function request(
    type: string,
    name: string,
    inputs: Readonly<Record<string, unknown>>,
    dependencies: readonly string[] = [],
): RegistrationRequest {
    return {
        type,
        name,
        parent: "",
        custom: true,
        remote: false,
        provider: "",
        version: "",
        inputs,
        dependencies,
        propertyDependencies: {},
        protect: false,
    };
}
