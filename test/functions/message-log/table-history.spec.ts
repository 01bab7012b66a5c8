import assert from "node:assert/strict";
import type { Position } from "../../../contract/protocol";
import { ReplayInterruptedError } from "../../../functions/message-log/history";
import { positionedFrame, skipFrame } from "../../../functions/wire/server-frames";
import type { Around } from "./log-cloud";
import { collect, entryOf, LogCloud, offsetsAndIds } from "./log-cloud";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 5 };
const CHANNEL = "orders/42";
const HOUR_MS = 3600 * 1000;

describe("TableHistory", () => {
    let cloud: LogCloud;

    beforeEach(async () => {
        cloud = await LogCloud.start();
    });

    afterEach(async () => {
        await cloud.close();
    });

    /** Appends messages under the keys 1, 2, 3… and returns the position of the last. */
    async function publish(count: number, settings = SETTINGS): Promise<Position> {
        const log = cloud.environment();
        let position: Position = { epoch: "", offset: 0 };
        for (let key = 1; key <= count; key++) {
            ({ position } = await log.append(entryOf(String(key)), settings));
        }
        return position;
    }

    describe("since, of a position that the log reaches back to", () => {
        it("gives the frames that were missed, in order, as they were pushed, byte for byte", async () => {
            const pushed: string[] = [];
            let epoch = "";
            for (const data of [`{"a": 1.0}`, `"\\u00e9 é 🚚"`, "null"]) {
                const { position, entry } = await cloud.environment().append(entryOf(data, data), SETTINGS);
                pushed.push(positionedFrame(entry.body, position));
                ({ epoch } = position);
            }
            const { recovered, position, missed } = await cloud.environment().since(CHANNEL, { epoch, offset: 1 });
            assert.deepEqual([recovered, position, missed], [true, { epoch, offset: 3 }, pushed.slice(1)]);
        });

        it("gives nothing to who has everything", async () => {
            const position = await publish(3);
            assert.deepEqual(await cloud.environment().since(CHANNEL, position), {
                recovered: true,
                position,
                missed: [],
            });
        });

        it("gives all that is kept, from wherever the ring begins", async () => {
            const log = cloud.environment();
            const { epoch } = await publish(4);
            for (let last = 5; last <= 20; last++) {
                await log.append(entryOf(String(last)), SETTINGS);
                const { recovered, missed } = await log.since(CHANNEL, { epoch, offset: last - 5 });
                const expected = [4, 3, 2, 1, 0].map((back) => `${last - back} ${last - back}`);
                assert.deepEqual([recovered, offsetsAndIds(missed)], [true, expected]);
            }
        });

        it("gives a connection only the place of a message that excepts it, and others the message", async () => {
            const log = cloud.environment();
            const { epoch } = (await log.append(entryOf("1"), SETTINGS)).position;
            await log.append({ ...entryOf("2"), except: ["c2=", "c3="] }, SETTINGS);
            await log.append({ ...entryOf("3"), except: ["c2="] }, SETTINGS);
            await log.append(entryOf("4"), SETTINGS);
            const from = { epoch, offset: 0 };
            const skip = (offset: number): string => skipFrame(CHANNEL, { epoch, offset });
            const all = (await log.since(CHANNEL, from, "c1=")).missed;
            assert.deepEqual(offsetsAndIds(all), ["1 1", "2 2", "3 3", "4 4"]);
            assert.deepEqual(await log.since(CHANNEL, from, "c2="), {
                recovered: true,
                position: { epoch, offset: 4 },
                missed: [all[0], skip(2), skip(3), all[3]],
            });
            assert.deepEqual((await log.since(CHANNEL, from, "c3=")).missed, [all[0], skip(2), all[2], all[3]]);
        });

        it("gives all that is kept, however many pages that takes", async () => {
            const { epoch } = await publish(17, { ...SETTINGS, maxMessages: 10 });
            for (const pageSize of [1, 2, 3]) {
                const { recovered, missed } = await cloud
                    .environment({ pageSize })
                    .since(CHANNEL, { epoch, offset: 7 });
                assert.equal(recovered, true);
                assert.deepEqual(
                    offsetsAndIds(missed),
                    [8, 9, 10, 11, 12, 13, 14, 15, 16, 17].map((n) => `${n} ${n}`),
                );
            }
        });

        it("keeps to the messages that were in the log when it was asked", async () => {
            const { epoch } = await publish(2);
            const { position, missed } = await cloud.environment().history.since(CHANNEL, { epoch, offset: 0 }, "c1=");
            await cloud.environment().append(entryOf("3"), SETTINGS);
            assert.equal(position.offset, 2);
            assert.deepEqual(offsetsAndIds(await collect(missed)), ["1 1", "2 2"]);
        });
    });

    describe("since, of a position that the log cannot go on from", () => {
        it("says where the log stands to who has no position", async () => {
            const position = await publish(2);
            assert.deepEqual(await cloud.environment().since(CHANNEL), { recovered: false, position, missed: [] });
        });

        const cases: readonly (readonly [string, (position: Position) => Position])[] = [
            ["another epoch", ({ offset }) => ({ epoch: "other", offset })],
            ["the future", ({ epoch, offset }) => ({ epoch, offset: offset + 1 })],
            ["more messages ago than are kept", ({ epoch, offset }) => ({ epoch, offset: offset - 6 })],
        ];
        for (const [what, positionFrom] of cases) {
            it(`says where the log stands to who comes from ${what}`, async () => {
                const position = await publish(8);
                const answer = await cloud.environment().since(CHANNEL, positionFrom(position));
                assert.deepEqual(answer, { recovered: false, position, missed: [] });
            });
        }

        it("gives nothing once one of the missed messages has expired, deleted or not", async () => {
            const log = cloud.environment();
            const {
                position: { epoch },
            } = await log.append(entryOf("1"), SETTINGS);
            cloud.clock.now += HOUR_MS / 2;
            await log.append(entryOf("2"), SETTINGS);
            cloud.clock.now += HOUR_MS / 2 - 1000;
            assert.equal((await log.since(CHANNEL, { epoch, offset: 0 })).missed.length, 2);
            cloud.clock.now += 1000;
            const gone = { recovered: false, position: { epoch, offset: 2 }, missed: [] };
            assert.deepEqual(await log.since(CHANNEL, { epoch, offset: 0 }), gone);
            assert.deepEqual(offsetsAndIds((await log.since(CHANNEL, { epoch, offset: 1 })).missed), ["2 2"]);
            cloud.clock.now += 1000;
            await cloud.sweep();
            assert.deepEqual(await log.since(CHANNEL, { epoch, offset: 0 }), gone);
        });

        it("gives nothing once a message in the middle has expired, whose time to live was shorter", async () => {
            const log = cloud.environment();
            const {
                position: { epoch },
            } = await log.append(entryOf("1"), SETTINGS);
            await log.append(entryOf("2"), { ...SETTINGS, ttlSeconds: 10 });
            await log.append(entryOf("3"), SETTINGS);
            cloud.clock.now += 10_000;
            assert.equal((await log.since(CHANNEL, { epoch, offset: 0 })).recovered, false);
            assert.equal((await log.since(CHANNEL, { epoch, offset: 2 })).recovered, true);
        });

        it("gives nothing of an epoch that is over", async () => {
            const position = await publish(2);
            cloud.clock.now += 21 * 24 * HOUR_MS;
            const answer = await cloud.environment().since(CHANNEL, position);
            assert.deepEqual([answer.recovered, answer.position.offset, answer.missed], [false, 0, []]);
            assert.notEqual(answer.position.epoch, position.epoch);
        });
    });

    describe("since, of a channel that nobody has published to", () => {
        it("tells all subscribers one position, from which the first message goes on", async () => {
            const answers = await Promise.all([1, 2, 3, 4].map(() => cloud.environment().since(CHANNEL)));
            const [{ position }] = answers as [(typeof answers)[0]];
            assert.deepEqual(
                answers,
                answers.map(() => ({ recovered: false, position, missed: [] })),
            );
            assert.equal(position.offset, 0);
            const first = await cloud.environment().append(entryOf("1"), SETTINGS);
            assert.deepEqual(first.position, { epoch: position.epoch, offset: 1 });
            const { recovered, missed } = await cloud.environment().since(CHANNEL, position);
            assert.deepEqual([recovered, offsetsAndIds(missed)], [true, ["1 1"]]);
        });

        it("keeps the epoch for a day after each subscriber, and writes once a day for all of them", async () => {
            const { position } = await cloud.environment().since(CHANNEL);
            cloud.consumed.writes = 0;
            for (let hour = 1; hour <= 24 * 5; hour++) {
                cloud.clock.now += HOUR_MS;
                await cloud.sweep();
                assert.deepEqual((await cloud.environment().since(CHANNEL)).position, position);
            }
            assert.equal(cloud.consumed.writes, 5);
        });
    });

    describe("since, of a channel on which nothing has been published for long", () => {
        it("keeps the epoch for those who are told of it on its last day", async () => {
            const position = await publish(2);
            cloud.clock.now += 20.5 * 24 * HOUR_MS;
            await cloud.environment().since(CHANNEL);
            cloud.clock.now += 24 * HOUR_MS;
            await cloud.sweep();
            assert.deepEqual(await cloud.environment().since(CHANNEL, position), {
                recovered: true,
                position,
                missed: [],
            });
        });
    });

    describe("a replay that is overtaken", () => {
        it("gives what it has found to be whole, then throws where the rest was overwritten meanwhile", async () => {
            const { epoch } = await publish(10, { ...SETTINGS, maxMessages: 10 });
            const { recovered, missed } = await cloud
                .environment({ pageSize: 2 })
                .history.since(CHANNEL, { epoch, offset: 0 }, "c1=");
            assert.equal(recovered, true);
            const log = cloud.environment();
            for (let key = 11; key <= 20; key++) {
                await log.append(entryOf(String(key)), { ...SETTINGS, maxMessages: 10 });
            }
            const taken: string[] = [];
            await assert.rejects(async () => {
                for await (const frame of missed) {
                    taken.push(frame);
                }
            }, ReplayInterruptedError);
            assert.ok(taken.length >= 3);
            assert.deepEqual(
                offsetsAndIds(taken),
                taken.map((_, index) => `${index + 1} ${index + 1}`),
            );
        });

        it("is not begun where what is missing shows at once", async () => {
            const { epoch } = await publish(6);
            const slow: Around = async (operation, request) => {
                if (operation === "Query") {
                    await publish(9);
                }
                await request();
            };
            const answer = await cloud.environment({ around: slow }).since(CHANNEL, { epoch, offset: 1 });
            assert.deepEqual(answer, { recovered: false, position: { epoch, offset: 6 }, missed: [] });
        });
    });
});
