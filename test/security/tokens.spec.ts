import { strict as assert } from "node:assert";
import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import { generateKey, hmacToken, publicJwk, signingInput, signToken } from "../fuzz/support/signer";
import type { Frame } from "../../operations/exercise/listener";
import { HandshakeRefused, Listener } from "../../operations/exercise/listener";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** Tokens as a forger makes them, shown to the gateway. The issuer, its keys, authorizer and sockets are real. */
describe("A forged or borrowed token", () => {
    let cloud: TestCloud;
    let payload: Readonly<Record<string, unknown>>;
    let jwk: JWK;
    before(async () => {
        cloud = await sharedCloud();
        const [header, claims] = (await cloud.mint({ sub: "ada" })).split(".").map(decode);
        const keySet = (await (await fetch(`${cloud.local.issuer}/jwks.json`)).json()) as { keys: JWK[] };
        payload = claims ?? {};
        jwk = keySet.keys.find(({ kid }) => kid === header?.["kid"]) ?? {};
        assert.equal(jwk.kty, "RSA");
    });
    afterEach(() => cloud.closeListeners());

    const statusOf = async (token: string): Promise<number> => {
        try {
            await (await Listener.open(cloud.platform.webSocketUrl, { token })).close();
            return 101;
        } catch (error) {
            assert.ok(error instanceof HandshakeRefused);
            return error.status;
        }
    };

    it("is refused without a signature, whatever it calls its algorithm", async () => {
        for (const alg of ["none", "None", "NONE", "", undefined]) {
            assert.equal(await statusOf(`${signingInput({ alg, kid: jwk.kid }, payload)}.`), 401, alg);
        }
    });

    it("is refused when it is signed with the issuer's public key for a secret", async () => {
        const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
        const secrets = [
            key.export({ format: "pem", type: "spki" }),
            key.export({ format: "pem", type: "pkcs1" }),
            JSON.stringify(jwk),
            String(jwk.n),
        ];
        for (const secret of secrets) {
            for (const alg of ["HS256", "RS256"]) {
                assert.equal(await statusOf(hmacToken(secret, { alg, kid: jwk.kid, typ: "JWT" }, payload)), 401);
            }
        }
    });

    it("is refused when it brings its own key, and nobody asks for the key where it says", async () => {
        const asked: string[] = [];
        const own = generateKey("ES256", "mine");
        const server = await listen((path) => asked.push(path), { keys: [publicJwk(own)] });
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        try {
            for (const header of [
                { jku: `${url}/jku`, kid: "mine" },
                { x5u: `${url}/x5u`, kid: "mine" },
                { jwk: publicJwk(own) },
                { kid: `${url}/kid` },
                { kid: jwk.kid, jwk: publicJwk(own) },
            ]) {
                assert.equal(await statusOf(signToken(own, { alg: "ES256", ...header }, payload)), 401);
            }
            // An issuer that is not ours is not looked up either.
            assert.equal(await statusOf(signToken(own, { alg: "ES256", kid: "mine" }, { ...payload, iss: url })), 401);
        } finally {
            await new Promise((resolve) => server.close(resolve));
        }
        assert.deepEqual(asked, []);
    });

    it("gives nobody another user's connection: an id in a frame is not whose frame it is", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["orders/ada/borrowed"] });
        const { connectionId } = await ada.ask({ action: "hello", id: 1 });
        const bob = await cloud.listen({ sub: "bob" });
        const requestContext = { connectionId, authorizer: { userId: "ada" } };
        const borrowed = { connectionId, userId: "ada", requestContext };

        const welcome = await bob.ask({ action: "hello", id: 1, ...borrowed });
        const refused = await bob.ask({ action: "subscribe", id: 2, channel: "orders/ada/borrowed", ...borrowed });
        await bob.ask({ action: "unsubscribe", id: 3, channel: "orders/ada/borrowed", ...borrowed });
        const report = await cloud.notify({ namespace: "orders", event: "X", channel: "orders/ada/borrowed", data: 1 });

        assert.deepEqual([welcome["userId"], refused["code"]], ["bob", "forbidden"]);
        assert.notEqual(welcome["connectionId"], connectionId);
        assert.deepEqual([report["audience"], report["delivered"]], [1, 1]);
        await ada.message();
        assert.deepEqual(bob.messages, []);
    });

    it("works no longer than it lasts, on a socket that is still open", async () => {
        // The functions have been started by others, so that the brief time is not spent on that.
        const early = await cloud.listen({ sub: "early", channels: ["orders/@me"] });
        await early.ask({ action: "subscribe", id: "early", channel: "orders/early/1" });
        await cloud.notify({ namespace: "orders", event: "X", channel: "orders/@user/early", data: 1 });
        const sendOwn = async (): Promise<unknown> =>
            (await cloud.notify({ namespace: "orders", event: "X", channel: "orders/@user/brief", data: 1 }))[
                "audience"
            ];
        const subscribe = (listener: Listener, id: number): Promise<Frame> =>
            listener.ask({ action: "subscribe", id, channel: "orders/brief/1" });
        let brief: Listener | undefined;
        for (let ttlSeconds = 4; brief === undefined; ttlSeconds *= 2) {
            const token = await cloud.mint({ sub: "brief" }, { ttlSeconds });
            const listener = await Listener.open(cloud.platform.webSocketUrl, { token, channels: ["orders/@me"] });
            const seen = [await sendOwn(), (await subscribe(listener, 0))["type"]];
            if (isExpired(token)) {
                // This machine was too slow for so brief a time: what was seen shows nothing.
                await listener.close();
            } else {
                assert.deepEqual(seen, [1, "subscribed"]);
                brief = listener;
            }
        }

        for (let id = 1; (await subscribe(brief, id))["code"] !== "forbidden"; id++) {
            // Each answer is a pause.
        }

        assert.equal(await sendOwn(), 0);
        assert.equal((await brief.ask({ action: "hello", id: "last" }))["code"], "forbidden");
        await brief.close();
    });
});

describe("Claims that try to be more than they are", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    const targets = ["orders/ada/1", "orders/@user/ada", "orders/@all", "orders/*/1", "orders/@me/1", "orders/ada/1/2"];

    for (const sub of [
        "*",
        "ada/1",
        "../ada",
        "@me",
        "@user",
        "@all",
        "@user/ada",
        "{sub}",
        "ada ",
        "ADA",
        "ada\u0000",
        "__proto__",
    ]) {
        it(`open nobody else's channel to ${JSON.stringify(sub)}`, async () => {
            const mallory = await cloud.listen({ sub });
            for (const [id, channel] of targets.entries()) {
                const answer = await mallory.ask({ action: "subscribe", id, channel });
                assert.equal(answer["type"], "error", `${channel}: ${JSON.stringify(answer)}`);
            }
        });
    }

    it("open nothing where they are missing or empty: whoever has no name does not come in", async () => {
        for (const sub of [undefined, ""]) {
            const token = await cloud.mint({ sub });
            await assert.rejects(Listener.open(cloud.platform.webSocketUrl, { token }), { status: 403 });
        }
    });

    it("open the staff's channel to staff alone, by a whole value", async () => {
        for (const role of ["Staff", "staff ", "staff,customer", { staff: true }, [["staff"]], true, null]) {
            const mallory = await cloud.listen({ sub: "mallory", claims: { role } });
            const answer = await mallory.ask({ action: "subscribe", id: 1, channel: "orders/@all" });
            assert.equal(answer["code"], "forbidden", JSON.stringify(role));
        }
    });
});

function isExpired(token: string): boolean {
    return Date.now() >= Number(decode(token.split(".")[1] ?? "")["exp"]) * 1_000;
}

function decode(part: string): Readonly<Record<string, unknown>> {
    try {
        return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    } catch {
        return {};
    }
}

async function listen(onRequest: (path: string) => void, answer: unknown): Promise<Server> {
    const server = createServer((request, response) => {
        onRequest(request.url ?? "");
        response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
}
