import * as assert from "node:assert/strict";
import { CONTRACT_OUTPUTS, CONTRACT_VERSION, contractProblems } from "../../contract/outputs";
import { platformOutputs } from "../policy/support/our-stacks";
import contract from "./frozen/contract-v1.json";
import { identities } from "./frozen/graphs";
import frozen from "./frozen/identities.json";

/**
 * What is deployed somewhere, and must not change by accident.
 *
 * A resource's type, name and parents are its identity: Pulumi deletes what had another one, and makes it anew. For a
 * table that is the loss of what is in it.
 *
 * If a resource is gone here and it was renamed or moved: give it its old name back, or keep its identity with
 * `aliases: [{ name: "…" }]` or `aliases: [{ parent: … }]` in its options, and a test of that. If it is really to be
 * deleted, say so in the commit. If there is a new one, all is well. In each of these cases, freeze what there is now:
 *
 *     node --import tsx test/components/frozen/freeze.ts
 */
describe("What is frozen", () => {
    let current: Readonly<Record<string, readonly string[]>>;
    before(async () => {
        current = await identities();
    });

    for (const [name, resources] of Object.entries(frozen)) {
        it(`has every resource of ${name} under the type, name and parent that it had`, () => {
            const gone = resources.filter((resource) => current[name]?.includes(resource) !== true);
            assert.deepEqual(gone, [], "renamed, moved or removed: see the comment above");
        });

        it(`knows every resource of ${name}, so that its next rename is seen`, () => {
            const unknown = current[name]?.filter((resource) => !resources.includes(resource));
            assert.deepEqual(unknown, [], "not frozen yet: see the comment above");
        });
    }

    describe("contract v1", () => {
        it("is what the platform stack exports: these names, of these types, and no others", async () => {
            const outputs = Object.entries(await platformOutputs());
            assert.deepEqual(Object.fromEntries(outputs.map(([name, value]) => [name, typeof value])), contract);
        });

        it("is what a reader asks for: each output is missed, and each of another type refused", async () => {
            assert.equal(CONTRACT_VERSION, 1);
            assert.deepEqual({ ...CONTRACT_OUTPUTS }, contract);
            const outputs = await platformOutputs();
            for (const [name, type] of Object.entries(contract)) {
                const others = Object.entries(outputs).filter(([other]) => other !== name);
                assert.deepEqual(contractProblems(Object.fromEntries(others)), [`output \`${name}\` is missing`]);
                assert.deepEqual(contractProblems({ ...outputs, [name]: true }), [
                    `output \`${name}\` is of type boolean, not ${type}`,
                ]);
            }
        });
    });
});
