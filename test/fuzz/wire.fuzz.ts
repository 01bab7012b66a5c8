import { strict as assert } from "node:assert";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";
import { fuzz } from "./support/fuzz";
import { garbled, oddText, oddValue } from "./support/odd-values";
import type { Random } from "./support/random";
import { RawSocket, rawFrame } from "./support/raw-socket";

const CONNECTIONS = 400;

/** Against the gateway on this machine: that API Gateway's own parser is as robust is AWS's promise, not shown here. */
describe("Four hundred connections that keep to no rule", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    it("disturb nobody, and learn nothing", async () => {
        const bystander = await cloud.listen({ sub: "ada", channels: ["orders/@me"] });
        const token = await cloud.mint({ sub: "mallory" });

        await fuzz(CONNECTIONS, conversation, async (chunks) => {
            const mallory = await RawSocket.open(cloud.platform.webSocketUrl, token);
            for (const chunk of chunks) {
                mallory.write(chunk);
            }
            await mallory.end();
            assert.ok(!/node_modules|\.ts:|\.js:|\n\s+at |DynamoDB|arn:aws/.test(mallory.text), mallory.text);
        });

        await bystander.settle();
        const report = await cloud.notify({
            namespace: "orders",
            event: "Said",
            channel: "orders/@user/ada",
            data: "still here",
        });
        assert.equal((await bystander.message())["data"], "still here");
        assert.equal(report["delivered"], 1);
        assert.equal(bystander.messages.length, 1);
    });
});

/** What is written to one socket, piece by piece. */
function conversation(random: Random): readonly Buffer[] {
    const bytes = Buffer.concat(random.several(1, 6, () => piece(random)));
    const cut = random.below(bytes.length + 1);
    return random.hits(0.5) ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
}

function piece(random: Random): Buffer {
    const frame = JSON.stringify({
        action: random.one(["subscribe", "hello", "ping", "x"]),
        id: random.below(9),
        channel: "orders/mallory/1",
    });
    const text = Buffer.from(frame);
    const anyBytes = (most: number): Buffer => Buffer.from(random.several(0, most, () => random.below(256)));
    return random.from([
        () => rawFrame({ opcode: 1, payload: text }),
        () => rawFrame({ opcode: 1, payload: Buffer.from(garbled(random, frame)) }),
        () =>
            rawFrame({
                opcode: 1,
                payload: Buffer.from(random.hits(0.5) ? oddText(random) : JSON.stringify(oddValue(random))),
            }),
        () => rawFrame({ opcode: 1, payload: anyBytes(40) }),
        () =>
            Buffer.concat([
                rawFrame({ opcode: 1, payload: text.subarray(0, 9), final: false }),
                rawFrame({ opcode: 9, payload: anyBytes(125) }),
                rawFrame({ opcode: 0, payload: text.subarray(9), final: random.hits(0.8) }),
            ]),
        () => rawFrame({ opcode: 2, payload: anyBytes(200) }),
        () =>
            rawFrame({
                opcode: random.below(16),
                payload: anyBytes(200),
                reserved: random.below(8),
                final: random.hits(0.7),
            }),
        () => rawFrame({ opcode: random.one([8, 9, 10]), payload: anyBytes(300) }),
        () => rawFrame({ opcode: 1, payload: text, masked: false }),
        () => rawFrame({ opcode: 1, payload: text, length: random.one([0, 5, 200, 0xffff, 2 ** 31, 2 ** 53 - 1]) }),
        () => rawFrame({ opcode: 1, payload: Buffer.alloc(random.one([8_192, 32_768, 32_769, 140_000]), "x") }),
        () => anyBytes(300),
    ]);
}
