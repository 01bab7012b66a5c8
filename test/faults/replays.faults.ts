import assert from "node:assert/strict";
import type { Frame, Listener } from "../../operations/exercise/listener";
import type { FaultCloud, InjectedFaults } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import { throttled } from "./support/throttled";

/** More than one run of the deliverer tries. */
const STORM = 20;

/** A plain WebSocket client that comes back with a position, while something fails. */
describe("The replay that a connection asks for", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    /** A channel with five messages, of which who comes back has seen the first. */
    async function missedChannel(): Promise<{ channel: string; epoch: string }> {
        const channel = `${await faults.namespace()}/1`;
        for (const key of keys(5)) {
            await faults.publish(channel, key);
        }
        return { channel, epoch: await faults.epoch(channel) };
    }

    async function comeBack(failing: InjectedFaults): Promise<{ channel: string; listener: Listener; epoch: string }> {
        const { channel, epoch } = await missedChannel();
        faults.failing = failing;
        const listener = await faults.cloud.listen({ sub: "ada", channels: [`${channel}~${epoch}~1`] });
        return { channel, listener, epoch };
    }

    /** By a frame, and not in the URL. */
    async function askAgain(failing: InjectedFaults): Promise<Listener> {
        const { channel, epoch } = await missedChannel();
        const listener = await faults.cloud.listen({ sub: "ada" });
        faults.failing = failing;
        await listener.ask({ action: "subscribe", id: 1, channel, since: { epoch, offset: 1 } });
        return listener;
    }

    /** Waits for the last message, and asserts that each came, in order but for what is repeated from some point on. */
    async function assertReplayed(listener: Listener): Promise<void> {
        const isThere = (): boolean => listener.messages.some(({ offset }) => offset === 5);
        await faults.whileQueuesMoveOn(isThere);
        const answers = listener.frames.filter(({ type }) => type === "subscribed");
        assert.ok(answers.length > 0 && answers.every(({ recovered, offset }) => recovered === true && offset === 5));
        assert.deepEqual(distinctOffsets(listener.messages), [2, 3, 4, 5]);
    }

    const ways: readonly (readonly [string, (failing: InjectedFaults) => Promise<Listener>])[] = [
        ["in its URL", async (failing) => (await comeBack(failing)).listener],
        ["with a frame", askAgain],
    ];
    for (const [way, ask] of ways) {
        it(`${way} goes on from the first missing message where posts are throttled for long`, async () => {
            let posts = 0;
            // The answer and two messages pass; then a storm.
            const storm = () => (++posts > 3 && posts <= 3 + STORM ? ({ answer: 429 } as const) : undefined);

            await assertReplayed(await ask({ connections: storm }));

            assert.ok(posts > 3 + STORM);
        });
    }

    it("is made once more where a post's answer is lost", async () => {
        let posts = 0;
        const { listener } = await comeBack({
            connections: () => (++posts % 2 === 1 ? { answer: "reset", delivered: true } : undefined),
        });
        await assertReplayed(listener);
    });

    it("is made by another run where the deliverer dies in the middle of it", async () => {
        let posts = 0;
        const { listener } = await comeBack({
            crashes: ({ functionName, operation }) =>
                functionName.includes("deliver") && operation === "execute-api:ManageConnections" && ++posts === 3
                    ? "after"
                    : undefined,
        });
        await assertReplayed(listener);
        assert.ok(posts > 3);
    });

    it("waits for a log that is throttled", async () => {
        let reads = 0;
        const { listener } = await comeBack({
            dynamoDb: (operation, table) =>
                operation === "Query" && table.includes("log") && ++reads <= 7 ? throttled() : undefined,
        });
        await assertReplayed(listener);
        assert.ok(reads > 7);
    });

    it("is a dead letter with connection, channel, position and reason where it fails for good; redriven, it arrives", async () => {
        const { channel, listener, epoch } = await comeBack({ connections: () => ({ answer: 500 }) });

        const letter = await faults.letterAbout(channel);
        assert.equal(letter["reason"], "unreplayed");
        assert.match(String(letter["message"]), /^500/);
        assert.deepEqual(letter["channels"], [{ channel, since: { epoch, offset: 1 } }]);

        faults.failing = {};
        await faults.redriveLetters();
        await assertReplayed(listener);
    });
});

/** In the order of their first arrival. */
function distinctOffsets(messages: readonly Frame[]): readonly unknown[] {
    return [...new Set(messages.map(({ offset }) => offset))];
}
