import { strict as assert } from "node:assert";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Frame, Listener } from "../../operations/exercise/listener";
import { HandshakeRefused } from "../../operations/exercise/listener";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

/** A plain WebSocket client that sends no frame: positions in its URL are all it needs to miss nothing. */
describe("A connection that begins with positions", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("paper", [{ channel: "paper/*" }], { ttlSeconds: 3_600, maxMessages: 5 });
        await cloud.registerNamespace("ticker", [{ channel: "ticker/*" }]);
    });
    afterEach(() => cloud.closeListeners());

    const publish = (channel: string, data: unknown): Promise<Record<string, unknown>> =>
        cloud.notify({ namespace: "paper", event: "Said", channel, data });

    /** Publishes, and tells the epoch. */
    async function publishAll(channel: string, count: number): Promise<string> {
        const witness = await cloud.listen({ sub: "ada", channels: [channel] });
        for (let n = 1; n <= count; n++) {
            await publish(channel, n);
        }
        return String((await witness.message())["epoch"]);
    }

    const answerOn = (listener: Listener, channel: string): Promise<Frame> =>
        listener.find((frame) => frame["type"] === "subscribed" && frame["channel"] === channel);

    const offsets = (listener: Listener, channel: string): readonly unknown[] =>
        listener.messages.filter((message) => message["channel"] === channel).map((message) => message["offset"]);

    it("is told where each channel stands, and is sent what it missed, in order", async () => {
        const [first, second] = [await publishAll("paper/1", 4), await publishAll("paper/2", 2)];

        const late = await cloud.listen({ sub: "ada", channels: [`paper/1~${first}~2`, `paper/2~${second}~2`] });
        const { epoch, offset, recovered, id } = await answerOn(late, "paper/2");
        await late.message((message) => message["offset"] === 4);

        assert.deepEqual([epoch, offset, recovered, id], [second, 2, true, undefined]);
        assert.equal((await answerOn(late, "paper/1"))["recovered"], true);
        assert.deepEqual(offsets(late, "paper/1"), [3, 4]);
        assert.deepEqual(offsets(late, "paper/2"), []);
    });

    it("is told so where what it missed cannot be had, and where to go on from", async () => {
        const epoch = await publishAll("paper/3", 8);

        const late = await cloud.listen({ sub: "ada", channels: [`paper/3~${epoch}~1`] });
        const overrun = await answerOn(late, "paper/3");
        const other = await cloud.listen({ sub: "ada", channels: ["paper/3~another~8"] });
        const restarted = await answerOn(other, "paper/3");

        assert.deepEqual([overrun["recovered"], overrun["epoch"], overrun["offset"]], [false, epoch, 8]);
        assert.deepEqual([restarted["recovered"], restarted["epoch"], restarted["offset"]], [false, epoch, 8]);
        await late.settle();
        assert.deepEqual(late.messages, []);
    });

    it("is told so where the namespace keeps no history", async () => {
        const late = await cloud.listen({ sub: "ada", channels: ["ticker/1~epoch~1"] });
        assert.deepEqual(await answerOn(late, "ticker/1"), {
            type: "subscribed",
            channel: "ticker/1",
            recovered: false,
        });
    });

    it("loses nothing between connecting, the replay and live messages, while many are published at once", async () => {
        const epoch = await publishAll("paper/4", 1);

        const published = cloud.eventbridge.send(
            new PutEventsCommand({
                Entries: [1, 2, 3, 4].map((data) => ({
                    EventBusName: cloud.platform.eventBusName,
                    Source: "paper",
                    DetailType: "Said",
                    Detail: JSON.stringify({ channel: "paper/4", data }),
                })),
            }),
        );
        const late = await cloud.listen({ sub: "ada", channels: [`paper/4~${epoch}~1`] });
        await published;

        for (const offset of [2, 3, 4, 5]) {
            await late.message((message) => message["offset"] === offset);
        }
    });

    it("is refused with 400 where a position is malformed, and with 403 where a channel is not open to it", async () => {
        const statusOf = async (channel: string): Promise<number> => {
            const refusal = await cloud.listen({ sub: "ada", channels: [channel] }).catch((error: unknown) => error);
            return refusal instanceof HandshakeRefused ? refusal.status : 101;
        };
        assert.deepEqual([await statusOf("paper/1~epoch"), await statusOf("orders/bob/1~epoch~1")], [400, 403]);
    });
});
