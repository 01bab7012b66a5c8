import { strict as assert } from "node:assert";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Frame, Listener } from "../../operations/exercise/listener";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** Numbering and replay through the real path: the notifier appends, the message function reads back. */
describe("A namespace with history", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("news", [{ channel: "news/*" }], { ttlSeconds: 3_600, maxMessages: 5 });
    });
    afterEach(() => cloud.closeListeners());

    const publish = (channel: string, data: unknown, id?: string): Promise<Record<string, unknown>> =>
        cloud.notify({ namespace: "news", event: "Said", channel, data, id });

    const subscribe = (listener: Listener, channel: string, since?: unknown): Promise<Frame> =>
        listener.ask({ action: "subscribe", id: `${channel} ${JSON.stringify(since)}`, channel, since });

    it("numbers messages 1, 2, 3 within an epoch that a subscriber knows before the first", async () => {
        const ada = await cloud.listen({ sub: "ada" });
        const { epoch, offset, recovered } = await subscribe(ada, "news/1");
        assert.deepEqual([offset, recovered], [0, false]);

        for (const data of ["a", "b", "c"]) {
            await publish("news/1", data);
        }

        await ada.settle();
        assert.deepEqual(
            ada.messages.map((message) => [message["epoch"], message["offset"], message["data"]]),
            [
                [epoch, 1, "a"],
                [epoch, 2, "b"],
                [epoch, 3, "c"],
            ],
        );
    });

    it("numbers a key once, and delivers the same offset again", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["news/2"] });

        const first = await publish("news/2", "a", "key");
        const second = await publish("news/2", "a", "key");

        await ada.settle();
        assert.deepEqual([first["offset"], second["offset"]], [1, 1]);
        assert.deepEqual(
            ada.messages.map((message) => [message["offset"], message["id"]]),
            [
                [1, "key"],
                [1, "key"],
            ],
        );
    });

    it("replays what was missed after the answer, each once, in order, as it was pushed", async () => {
        const witness = await cloud.listen({ sub: "ada", channels: ["news/3"] });
        await publish("news/3", "a");
        const position = positionOf(await witness.message());
        for (const data of ["b", "c", "d"]) {
            await publish("news/3", data);
        }
        await witness.settle();

        const late = await cloud.listen({ sub: "ada" });
        const answer = await subscribe(late, "news/3", position);
        await late.find((frame) => frame["data"] === "d");

        assert.deepEqual([answer["recovered"], answer["offset"]], [true, 4]);
        assert.deepEqual(late.frames.slice(late.frames.indexOf(answer) + 1), witness.messages.slice(1));
    });

    it("says so when it kept less than was missed, or numbers started over", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["news/4"] });
        await publish("news/4", 1);
        const position = positionOf(await ada.message());
        for (let n = 2; n <= 8; n++) {
            await publish("news/4", n);
        }

        const late = await cloud.listen({ sub: "ada" });
        const overrun = await subscribe(late, "news/4", position);
        const restarted = await subscribe(late, "news/4", { ...position, epoch: "another" });
        await late.settle();

        assert.deepEqual([overrun["recovered"], overrun["offset"]], [false, 8]);
        assert.deepEqual([restarted["recovered"], restarted["offset"]], [false, 8]);
        assert.deepEqual(late.messages, []);
    });

    it("gives connections that a message excepts its place instead, live and in a replay, and others all", async () => {
        const sender = await cloud.listen({ sub: "ada", channels: ["news/6"] });
        const other = await cloud.listen({ sub: "ada", channels: ["news/6"] });
        const { connectionId } = await sender.ask({ action: "hello", id: "who" });
        const message = { namespace: "news", event: "Said", channel: "news/6", id: "own" };

        const report = await cloud.notify({ ...message, data: "own", except: [connectionId] });
        await cloud.notify({ ...message, data: "again", except: ["another"] });
        await publish("news/6", "next");

        await other.settle();
        await sender.settle();
        const [{ epoch } = {}] = other.messages;
        const skip = { type: "skip", channel: "news/6", offset: 1, epoch };
        assert.deepEqual([report["audience"], report["delivered"]], [1, 1]);
        assert.deepEqual(
            other.messages.map((frame) => [frame["offset"], frame["data"]]),
            [
                [1, "own"],
                [1, "own"],
                [2, "next"],
            ],
        );
        assert.deepEqual(pushesTo(sender), [skip, skip, other.messages.at(-1)]);

        for (const listener of [sender, other]) {
            await subscribe(listener, "news/6", { epoch, offset: 0 });
            // Its last frame is posted after the answer, and maybe after a pong.
            await listener.find(() => pushesTo(listener).length === 5);
        }
        assert.deepEqual(pushesTo(sender).slice(3), [skip, other.messages.at(-1)]);
        assert.deepEqual(pushesTo(other).slice(3), [other.messages[0], other.messages[2]]);
    });

    it("is told apart from itself before history was off for a while, although nothing was numbered since", async () => {
        const rules = [{ channel: "paused/*" }];
        const history = { ttlSeconds: 3_600, maxMessages: 5 };
        await cloud.registerNamespace("paused", rules, history);
        const away = await cloud.listen({ sub: "ada" });
        const before = positionOf(await subscribe(away, "paused/1"));
        assert.equal(before["offset"], 0);

        await cloud.registerNamespace("paused", rules);
        const report = await cloud.notify({
            namespace: "paused",
            event: "Said",
            channel: "paused/1",
            data: "unnumbered",
        });
        await cloud.registerNamespace("paused", rules, history);

        const back = await cloud.listen({ sub: "ada" });
        const answer = await subscribe(back, "paused/1", before);
        assert.ok(!("offset" in report));
        assert.deepEqual([answer["recovered"], answer["offset"]], [false, 0]);
        assert.notEqual(answer["epoch"], before["epoch"]);
    });

    it("loses nothing between a replay and live messages, while many are published at once", async () => {
        const before = await cloud.listen({ sub: "ada", channels: ["news/5"] });
        await publish("news/5", 0);
        const position = positionOf(await before.message());
        const late = await cloud.listen({ sub: "ada" });

        const published = cloud.eventbridge.send(
            new PutEventsCommand({
                Entries: [1, 2, 3, 4].map((data) => ({
                    EventBusName: cloud.platform.eventBusName,
                    Source: "news",
                    DetailType: "Said",
                    Detail: JSON.stringify({ channel: "news/5", data }),
                })),
            }),
        );
        await subscribe(late, "news/5", position);
        await published;

        for (const offset of [2, 3, 4, 5]) {
            await late.message((message) => message["offset"] === offset);
        }
    });
});

/** Messages, and the places of those that are not for the listener. */
function pushesTo({ frames }: Listener): readonly Frame[] {
    return frames.filter(({ type }) => type === "message" || type === "skip");
}

function positionOf(message: Frame): Readonly<Record<string, unknown>> {
    return { epoch: message["epoch"], offset: message["offset"] };
}
