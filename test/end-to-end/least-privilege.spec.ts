import { strict as assert } from "node:assert";
import type { Permission } from "../../local/access/permissions";
import type { DrivenCloud } from "../../operations/exercise/driven-cloud";
import { doEverythingOnce } from "../../operations/exercise/everything-once";
import { describePermission, logicalNames } from "../../operations/iam/describe";

/**
 * Everything that the stacks do, done once, against what their policies allow: those of roles, and those by which roles,
 * functions and queues let AWS services in. In a cloud of its own, so that nothing that another test does counts.
 * That AWS's own services ask for no more than the local ones is not shown here.
 */
describe("Least privilege", () => {
    let cloud: DrivenCloud;
    let permissions: readonly Permission[];
    before(async function () {
        // A pipe takes half a minute to give up, by the clock alone; the rest takes as long as the machine does.
        this.timeout(600_000);
        cloud = await doEverythingOnce();
        permissions = cloud.permissions();
    });
    after(() => cloud.close());

    it("is kept by every policy: without any action on any resource a call that was made would be denied", () => {
        const names = logicalNames(cloud.graph);
        const excess = permissions.filter(({ needed }) => needed === 0);

        assert.deepEqual(
            excess.map((permission) => describePermission(permission, names)),
            [],
        );
    });

    it("is asked of every role, and of whatever lets an AWS service or anybody in", () => {
        const holders = new Set(permissions.map(({ holder }) => holder));
        const principals = new Set(permissions.map(({ principal }) => principal));

        assert.deepEqual(
            cloud.policies.map(({ holder }) => holder).filter((holder) => !holders.has(holder)),
            [],
        );
        assert.deepEqual([...principals].sort(), [
            "*",
            "apigateway.amazonaws.com",
            "events.amazonaws.com",
            "lambda.amazonaws.com",
            "pipes.amazonaws.com",
            undefined,
        ]);
    });
});
