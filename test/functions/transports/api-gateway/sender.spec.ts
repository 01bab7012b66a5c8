import { strict as assert } from "node:assert";
import type { Sender, SenderOptions } from "../../../../functions/transports/api-gateway/sender";
import { createSender } from "../../../../functions/transports/api-gateway/sender";
import { Credentials } from "../../../../local/signing/credentials";
import { SignatureVerifier } from "../../../../local/signing/sigv4";
import type { Reply } from "../../../fakes/management-api";
import { FakeManagementApi } from "../../../fakes/management-api";

const ID = "IU3kkeN4IAMCJwA=";
const KEYS = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };

describe("The sender", () => {
    let api: FakeManagementApi;
    let sender: Sender;
    beforeEach(async () => {
        api = await FakeManagementApi.start();
        sender = create();
    });
    afterEach(async () => {
        await sender.close();
        await api.close();
    });

    it("posts the message to the connection's own path, with the id encoded", async () => {
        assert.deepEqual(await sender.prepare('{"ä":1}').postTo(ID), { kind: "delivered" });
        assert.deepEqual(
            api.posts.map(({ path, body }) => [path, body]),
            [["/v1/@connections/IU3kkeN4IAMCJwA%3D", '{"ä":1}']],
        );
    });

    it("signs what a verifier of the other side finds right", async () => {
        const credentials = new Credentials(Date.now);
        const verifier = new SignatureVerifier(credentials, Date.now);
        const issued = credentials.issueRoleCredentials("arn:aws:iam::000000000000:role/notify", "session");
        const signing = create({ credentials: () => issued });
        await signing.prepare("hello").postTo("a/b c!'()*=");
        await signing.close();
        const [post] = api.posts;
        assert.ok(post !== undefined);
        const request = { method: "POST", url: post.path, headers: post.headers, body: Buffer.from(post.body) };
        assert.equal(verifier.verifyRequest(request).kind, "role");
        assert.throws(() => verifier.verifyRequest({ ...request, body: Buffer.from("other") }));
    });

    describe("tells by the answer", () => {
        const cases: readonly (readonly [Reply, string])[] = [
            [200, "delivered"],
            [204, "delivered"],
            [410, "gone"],
            [{ status: 410, errorType: "GoneException" }, "gone"],
            [{ status: 429, errorType: "LimitExceededException" }, "throttled"],
            [500, "unavailable"],
            [503, "unavailable"],
            ["reset", "unavailable"],
            [{ status: 400, errorType: "BadRequestException" }, "refused"],
            [{ status: 403, errorType: "ForbiddenException" }, "refused"],
            [{ status: 413, errorType: "PayloadTooLargeException" }, "refused"],
            [302, "refused"],
        ];
        for (const [reply, kind] of cases) {
            it(`${JSON.stringify(reply)} is ${kind}`, async () => {
                api.script = () => reply;
                assert.equal((await sender.prepare("x").postTo(ID)).kind, kind);
            });
        }

        it('"silence" is unavailable', async () => {
            // This one alone is in a hurry: a machine may be too busy to answer at once, which is not silence.
            const hasty = create({ timeoutMs: 200 });
            api.script = () => "silence";
            assert.equal((await hasty.prepare("x").postTo(ID)).kind, "unavailable");
            await hasty.close();
        });
    });

    it("passes on what an operator needs to know of a refusal, and no more of it", async () => {
        api.script = () => ({
            status: 403,
            errorType: "AccessDeniedException",
            body: `{"Message":"User: x is not authorized"}${" ".repeat(5_000)}`,
        });
        const outcome = await sender.prepare("x").postTo(ID);
        assert.ok(outcome.kind === "refused");
        assert.match(outcome.reason, /^403 AccessDeniedException \{"Message":"User: x is not authorized"\}/);
        assert.ok(outcome.reason.length < 600);
    });

    it("is unavailable where nobody listens", async () => {
        await api.close();
        const outcome = await sender.prepare("x").postTo(ID);
        assert.ok(outcome.kind === "unavailable");
        assert.match(outcome.reason, /ECONNREFUSED/);
        api = await FakeManagementApi.start();
    });

    it("goes on after a connection was reset", async () => {
        api.script = (_, attempt) => (attempt === 1 ? "reset" : 200);
        assert.equal((await sender.prepare("x").postTo(ID)).kind, "unavailable");
        assert.equal((await sender.prepare("x").postTo(ID)).kind, "delivered");
    });

    it("has no more posts under way than connections", async () => {
        api.script = () => new Promise((resolve) => setImmediate(resolve, 200));
        const outcomes = await Promise.all(Array.from({ length: 40 }, (_, n) => sender.prepare("x").postTo(`c${n}=`)));
        assert.equal(outcomes.filter(({ kind }) => kind === "delivered").length, 40);
        assert.ok(api.mostInFlight <= 4);
    });

    function create(options: Partial<SenderOptions> = {}): Sender {
        return createSender({
            endpoint: api.endpoint,
            region: "us-east-1",
            credentials: () => KEYS,
            clock: Date.now,
            connections: 4,
            ...options,
        });
    }
});
