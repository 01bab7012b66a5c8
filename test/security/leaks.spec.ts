import { strict as assert } from "node:assert";
import { HandshakeRefused, Listener } from "../../operations/exercise/listener";
import type { ListenerOptions } from "../../operations/exercise/listener";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** In a claim that nobody needs, in tokens that are good and in tokens that are not. */
const SECRET = "SECRET-claim@example.com";

describe("What leaks", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    const show = async (options: ListenerOptions): Promise<void> => {
        try {
            const listener = await Listener.open(cloud.platform.webSocketUrl, options);
            await listener.ask({ action: "subscribe", id: 1, channel: "orders/bob/1" });
            await listener.ask({ action: "hello", id: 2 });
            await listener.close();
        } catch (error) {
            assert.ok(error instanceof HandshakeRefused);
        }
    };

    it("of a token is nothing, neither in a function's log nor in the access log, wherever it travels", async () => {
        const claims = { sub: "leaky", email: SECRET };
        const good = await cloud.mint(claims);
        const [header = "", payload = "", signature = ""] = good.split(".");
        const tokens = [
            good,
            await cloud.mint(claims, { ttlSeconds: -60 }),
            await cloud.mint(claims, { audience: SECRET }),
            await cloud.mint(claims, { issuer: `https://${SECRET}/` }),
            await cloud.mint({ ...claims, aud: undefined, client_id: SECRET }),
            [Buffer.from(JSON.stringify({ alg: "RS256", kid: SECRET })).toString("base64url"), payload, signature].join(
                ".",
            ),
            await cloud.mint({ ...claims, sub: "" }),
            await cloud.mint({ ...claims, groups: Array(2_000).fill("g") }),
            [header, payload.slice(0, -9), signature].join("."),
            [header, payload, Buffer.from("a signature of nobody's").toString("base64url")].join("."),
            [header, Buffer.from(`{"email">"${SECRET}"}`).toString("base64url"), signature].join("."),
        ];
        for (const token of tokens) {
            for (const tokenIn of ["header", "subprotocol", "query"] as const) {
                await show({ token, tokenIn });
            }
            await show({ token, origin: "https://evil.example" });
            await show({ token, channels: ["orders/bob/1"] });
        }

        const log = cloud.logs.join("\n");
        assert.match(log, /A handshake without a valid token was refused/);
        assert.match(log, /A connection was refused/);
        assert.match(log, /access: .*"userId":"leaky"/);
        const parts = tokens.flatMap((token) => token.split(".").slice(1));
        assert.deepEqual(
            parts.filter((part) => log.includes(part)),
            [],
        );
        assert.ok(!log.includes("SECRET"));
    });

    it("to a client is its own name and connection, and not whether others' channels exist", async () => {
        const bob = await cloud.listen({ sub: "bob", channels: ["orders/bob/1"] });
        const { connectionId } = await bob.ask({ action: "hello", id: 1 });
        const mallory = await cloud.listen({ sub: "mallory", claims: { email: SECRET } });
        // Nobody's order, and somebody's: the answers are the same, so that they do not tell which exist.
        const answers = [];
        for (const channel of ["orders/bob/1", "orders/nobody/1", "orders/@user/bob", "orders/@user/nobody"]) {
            const { message, ...answer } = await mallory.ask({ action: "subscribe", id: channel, channel });
            answers.push(
                JSON.stringify({ ...answer, message: String(message).replaceAll(channel, "…") }).replaceAll(
                    channel,
                    "…",
                ),
            );
        }
        assert.equal(new Set(answers).size, 1);

        for (const [id, frame] of [
            { action: 1 },
            { action: "subscribe" },
            { action: "subscribe", channel: {} },
            { action: "hello" },
        ].entries()) {
            await mallory.ask({ id, ...frame });
        }
        const seen = JSON.stringify(mallory.frames);
        for (const secret of [
            String(connectionId),
            SECRET,
            cloud.platform.registryTableName,
            "arn:aws",
            process.cwd(),
            " at ",
            ".js:",
        ]) {
            assert.ok(!seen.includes(secret), `${secret} in ${seen}`);
        }
    });
});
