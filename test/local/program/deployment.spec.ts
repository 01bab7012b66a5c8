import { strict as assert } from "node:assert";
import * as path from "node:path";
import type { StackResource } from "../../../local/program/graph";
import { readProject } from "../../../local/program/project";
import { LocalStack } from "../../../local/program/stack";
import { Account } from "./support/account";

const URN = "urn:pulumi:local::engine::";

/** One real program, with all that a graph can have. The URNs are as `pulumi stack export` has them. */
describe("Deployment", () => {
    let stack: LocalStack;
    before(async () => {
        stack = new LocalStack({ behaviours: new Account().behaviours, log: () => undefined });
        const project = readProject(path.join(__dirname, "../fixtures/engine"), "local", {});
        await stack.deploy(project, () => Promise.resolve({ outputs: { contractVersion: 1 }, deleted: 0 }));
    });

    const find = (urn: string): StackResource => {
        const found = stack.graph.find((resource) => resource.urn === `${URN}${urn}`);
        assert.ok(found, `no ${urn} among ${stack.graph.map((resource) => resource.urn).join(", ")}`);
        return found;
    };

    it("registers what the engine would, and nothing else", () => {
        assert.deepEqual(stack.graph.map(({ urn }) => urn.slice(URN.length)).sort(), [
            "aws:sqs/queue:Queue::outer",
            "engine:index:Team$aws:sqs/queue:Queue::inner",
            "engine:index:Team$pulumi:pulumi:StackReference::organization/other/local",
            "engine:index:Team::team",
            "pulumi:providers:aws::default_7_48_0",
            "pulumi:providers:aws::named",
            "pulumi:providers:pulumi::default",
            "pulumi:pulumi:Stack::engine-local",
        ]);
    });

    it("has a reference to another stack in the graph, below its parent, with what it read", () => {
        const { request, result } = find("engine:index:Team$pulumi:pulumi:StackReference::organization/other/local");
        assert.equal(request.parent, `${URN}engine:index:Team::team`);
        assert.equal(result.id, "organization/other/local");
        assert.deepEqual(result.outputs["outputs"], { contractVersion: 1 });
    });

    it("has the outputs that components register, and the stack's", () => {
        assert.deepEqual(find("engine:index:Team::team").result.outputs, { url: "url of inner" });
        assert.deepEqual(find("pulumi:pulumi:Stack::engine-local").result.outputs, { url: "url of inner" });
    });

    it("gives a resource the provider that the program names, else the default one, by the stack's settings", () => {
        const { result } = find("pulumi:providers:aws::default_7_48_0");
        assert.deepEqual(result.outputs, { region: "us-east-1", version: "7.48.0" });
        assert.equal(
            find("engine:index:Team$aws:sqs/queue:Queue::inner").request.provider,
            `${URN}pulumi:providers:aws::default_7_48_0::${result.id}`,
        );
        assert.equal(
            find("aws:sqs/queue:Queue::outer").request.provider,
            `${URN}pulumi:providers:aws::named::${find("pulumi:providers:aws::named").result.id}`,
        );
    });

    it("applies the transforms of the resources above, and then the stack's", () => {
        const { inputs, protect } = find("engine:index:Team$aws:sqs/queue:Queue::inner").request;
        assert.deepEqual(inputs, { visibilityTimeoutSeconds: 2, tags: { seen: "2" } });
        assert.equal(protect, true);
        assert.deepEqual(find("aws:sqs/queue:Queue::outer").request.inputs, {
            visibilityTimeoutSeconds: 5,
            tags: { seen: "5" },
        });
    });
});
