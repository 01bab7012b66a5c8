import assert from "node:assert/strict";
import type { Principal } from "../../../local/aws/authorization";
import { ADMINISTRATOR } from "../../../local/signing/credentials";
import type { Crashes } from "../../../local/edge/crashes";
import { FunctionCrashes } from "../../../local/edge/crashes";
import { roleSession } from "../../../local/signing/role-session";

const NOTIFY: Principal = roleSession("arn:aws:iam::000000000000:role/notify-role", "notify");

describe("FunctionCrashes", () => {
    const trace: string[] = [];
    beforeEach(() => {
        trace.length = 0;
    });

    const crashesOf = (decide: Crashes): FunctionCrashes =>
        new FunctionCrashes(decide, async (accessKeyId) => {
            trace.push(`killed ${accessKeyId}`);
        });

    const request = (
        crashes: FunctionCrashes,
        accessKeyId: string,
        principal: Principal = NOTIFY,
    ): Promise<string | undefined> =>
        crashes.around({ principal, accessKeyId, operation: "dynamodb:PutItem" }, () => {
            trace.push("carried out");
            return "answer";
        });

    it("lets every request through that is not to die, and says who makes it and for what", async () => {
        const asked: unknown[] = [];
        const crashes = crashesOf((about) => {
            asked.push(about);
            return undefined;
        });
        assert.equal(await request(crashes, "KEY"), "answer");
        assert.deepEqual(asked, [{ functionName: "notify", operation: "dynamodb:PutItem" }]);
        assert.deepEqual(trace, ["carried out"]);
    });

    it("kills before the request takes effect", async () => {
        assert.equal(
            await request(
                crashesOf(() => "before"),
                "KEY",
            ),
            undefined,
        );
        assert.deepEqual(trace, ["killed KEY"]);
    });

    it("kills after the request has taken effect, without an answer", async () => {
        assert.equal(
            await request(
                crashesOf(() => "after"),
                "KEY",
            ),
            undefined,
        );
        assert.deepEqual(trace, ["carried out", "killed KEY"]);
    });

    it("carries out nothing more of an environment that has died, and everything of others", async () => {
        let deaths = 0;
        const crashes = crashesOf(() => (deaths++ === 0 ? "before" : undefined));
        await request(crashes, "KEY");
        assert.equal(await request(crashes, "KEY"), undefined);
        assert.equal(await request(crashes, "ANOTHER"), "answer");
        assert.deepEqual(trace, ["killed KEY", "carried out"]);
    });

    it("asks about functions alone", async () => {
        assert.equal(
            await request(
                crashesOf(() => "before"),
                "KEY",
                ADMINISTRATOR,
            ),
            "answer",
        );
    });
});
