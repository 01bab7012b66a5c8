import assert from "node:assert/strict";
import { LogContentionError } from "../../../functions/message-log/log-contention-error";
import { ID_SECONDS } from "../../../functions/message-log/table-message-log";
import type { Around } from "./log-cloud";
import { entryOf, LogCloud, offsetsAndIds } from "./log-cloud";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 3 };
const DAY_MS = 24 * 3600 * 1000;

describe("TableMessageLog", () => {
    let cloud: LogCloud;

    beforeEach(async () => {
        cloud = await LogCloud.start();
    });

    afterEach(async () => {
        await cloud.close();
    });

    /** Appends one message per key, each from an execution environment of its own, and returns their offsets. */
    async function appendAll(keys: readonly string[], settings = SETTINGS): Promise<readonly number[]> {
        const offsets: number[] = [];
        for (const key of keys) {
            const { position } = await cloud.environment().append(entryOf(key), settings);
            offsets.push(position.offset);
        }
        return offsets;
    }

    describe("append", () => {
        it("numbers the messages of a channel 1, 2, 3, in one epoch", async () => {
            const log = cloud.environment();
            const first = await log.append(entryOf("a"), SETTINGS);
            const second = await log.append(entryOf("b"), SETTINGS);
            const { epoch } = first.position;
            assert.deepEqual(first, { position: { epoch, offset: 1 }, entry: entryOf("a"), repeated: false });
            assert.deepEqual(second, { position: { epoch, offset: 2 }, entry: entryOf("b"), repeated: false });
        });

        it("numbers each channel for itself, also under the same key", async () => {
            await appendAll(["a", "b"]);
            const { position } = await cloud.environment().append({ ...entryOf("b"), channel: "orders/43" }, SETTINGS);
            assert.equal(position.offset, 1);
        });

        it("answers a repeated key with the position that it has, the last one's as an older one's", async () => {
            await appendAll(["a", "b", "c"]);
            assert.deepEqual(await appendAll(["c", "a", "b", "c"]), [3, 1, 2, 3]);
            assert.deepEqual(await appendAll(["d"]), [4]);
        });

        it("says of a repeated message that it is one, and what was appended under its key", async () => {
            const { position } = await cloud.environment().append(entryOf("a", `"first"`), SETTINGS);
            const again = await cloud.environment().append(entryOf("a", `"second"`), SETTINGS);
            assert.deepEqual(again, { position, entry: entryOf("a", `"first"`), repeated: true });
        });

        it("keeps what it is given in the message's row, and does not look into it", async () => {
            const entry = { id: "a", body: "{not even JSON" };
            assert.deepEqual((await cloud.environment().append(entry, SETTINGS)).entry, entry);
            const [{ pk, sk, expiresAt, ...kept } = {}] = await cloud.rows("message#");
            assert.ok(pk !== undefined && sk !== undefined && expiresAt !== undefined);
            assert.deepEqual(kept, { ...entry, offset: 1 });
        });

        it("keeps to the connections that a message excepted at first, when it is repeated with others", async () => {
            const excepting = { ...entryOf("a"), except: ["c1=", "c2="] };
            const { entry } = await cloud.environment().append(excepting, SETTINGS);
            assert.deepEqual(entry, excepting);
            for (const again of [{ ...excepting, except: ["c3="] }, entryOf("a")]) {
                assert.deepEqual((await cloud.environment().append(again, SETTINGS)).entry, excepting);
            }
            await appendAll(["b"]);
            const late = await cloud.environment().append({ ...entryOf("b"), except: ["c1="] }, SETTINGS);
            assert.deepEqual(late.entry, entryOf("b"));
        });

        it("has room for the largest message with as many exceptions as there may be", async () => {
            const except = Array.from({ length: 100 }, (_, index) => String(index).padEnd(128, "é"));
            const data = JSON.stringify("x".repeat(128 * 1024));
            const largest = { ...entryOf("a", data), except };
            const { entry } = await cloud.environment().append(largest, SETTINGS);
            assert.deepEqual(entry, largest);
        });

        it("takes the caller's word for a repeated message that is not kept any more", async () => {
            await appendAll(["a", "b", "c", "d", "e"]);
            const again = await cloud.environment().append(entryOf("a", `"again"`), SETTINGS);
            assert.deepEqual([again.position.offset, again.entry, again.repeated], [1, entryOf("a", `"again"`), true]);
        });

        it("takes keys of any length and characters", async () => {
            const keys = ["#", "a#b", "/", "ключ 🔑", "x".repeat(256), "__proto__"];
            assert.deepEqual(await appendAll(keys), [1, 2, 3, 4, 5, 6]);
            assert.deepEqual(await appendAll(keys), [1, 2, 3, 4, 5, 6]);
        });

        it("stores no more of a channel than its messages, one more and the head, whatever is published", async () => {
            await appendAll(Array.from({ length: 20 }, (_, index) => `k${index}`));
            assert.equal((await cloud.rows("message#")).length, SETTINGS.maxMessages + 1);
            assert.equal((await cloud.rows("head")).length, 1);
        });

        it("lets everything expire: messages by the setting, the head and the keys after all retries", async () => {
            await appendAll(["a", "b"]);
            const inSeconds = (row: Readonly<Record<string, unknown>>): number =>
                Number(row["expiresAt"]) - cloud.clock.now / 1000;
            assert.deepEqual((await cloud.rows("message#")).map(inSeconds), [3600, 3600]);
            assert.deepEqual((await cloud.rows("id")).map(inSeconds), [ID_SECONDS]);
            assert.deepEqual((await cloud.rows("head")).map(inSeconds), [ID_SECONDS]);
        });

        it("keeps the head as long as its messages, where that is longer", async () => {
            const ttlSeconds = 2 * ID_SECONDS;
            await appendAll(["a"], { ...SETTINGS, ttlSeconds });
            assert.equal(Number((await cloud.rows("head"))[0]?.["expiresAt"]) - cloud.clock.now / 1000, ttlSeconds);
        });
    });

    describe("when time passes", () => {
        it("goes on counting after all messages have expired and are deleted", async () => {
            await appendAll(["a", "b"]);
            cloud.clock.now += 20 * DAY_MS;
            await cloud.sweep();
            assert.deepEqual(await cloud.rows("message#"), []);
            assert.deepEqual(await appendAll(["c", "a", "b"]), [3, 1, 2]);
        });

        for (const deleted of [false, true]) {
            it(`starts a new epoch once the head has expired, ${deleted ? "deleted" : "not deleted yet"}`, async () => {
                const before = await cloud.environment().append(entryOf("a"), SETTINGS);
                cloud.clock.now += 21 * DAY_MS;
                if (deleted) {
                    cloud.clock.now += 1000;
                    await cloud.sweep();
                }
                const after = await cloud.environment().append(entryOf("b"), SETTINGS);
                assert.equal(after.position.offset, 1);
                assert.notEqual(after.position.epoch, before.position.epoch);
            });
        }

        it("knows no key of an epoch before, since its position says nothing in this one", async () => {
            await appendAll(["a", "b"]);
            cloud.clock.now += 10 * DAY_MS;
            await appendAll(["c"]);
            const [head] = await cloud.rows("head");
            assert.ok(head);
            cloud.clock.now = Number(head["expiresAt"]) * 1000;
            assert.deepEqual(await appendAll(["z", "c"]), [1, 2]);
        });

        it("forgets a key 21 days after the next message, and takes it for new then", async () => {
            await appendAll(["a", "b"]);
            cloud.clock.now += 20 * DAY_MS;
            assert.deepEqual(await appendAll(["a", "c"]), [1, 3]);
            cloud.clock.now += DAY_MS;
            assert.deepEqual(await appendAll(["b", "a"]), [2, 4]);
        });
    });

    describe("when the number of kept messages is changed", () => {
        const MORE = { ...SETTINGS, maxMessages: 8 };

        for (const [change, maxMessages] of [
            ["raised", 8],
            ["lowered", 2],
        ] as const) {
            it(`goes on counting in an empty ring when it is ${change}`, async () => {
                await appendAll(["a", "b", "c"]);
                cloud.clock.now += 60_000;
                assert.deepEqual(await appendAll(["d", "a", "e"], { ...SETTINGS, maxMessages }), [4, 1, 5]);
                const { epoch } = (await cloud.environment().since("orders/42")).position;
                const { recovered, missed } = await cloud.environment().since("orders/42", { epoch, offset: 3 });
                assert.deepEqual([recovered, offsetsAndIds(missed)], [true, ["4 d", "5 e"]]);
                assert.equal((await cloud.environment().since("orders/42", { epoch, offset: 2 })).recovered, false);
            });
        }

        it("starts one ring, although functions take half a minute to learn of the change", async () => {
            await appendAll(["a", "b"]);
            cloud.clock.now += 60_000;
            const offsets: number[] = [];
            for (let round = 0; round < 4; round++) {
                offsets.push(
                    ...(await appendAll([`new${round}`], MORE)),
                    ...(await appendAll([`old${round}`], SETTINGS)),
                );
                cloud.clock.now += 10_000;
            }
            assert.deepEqual(offsets, [3, 4, 5, 6, 7, 8, 9, 10]);
            const { epoch } = (await cloud.environment().since("orders/42")).position;
            const { recovered, missed } = await cloud.environment().since("orders/42", { epoch, offset: 2 });
            assert.deepEqual([recovered, missed.length], [true, 8]);
        });
    });

    describe("when DynamoDB fails", () => {
        it("waits and tries again while the table is throttled", async () => {
            const waits: number[] = [];
            cloud.throttled = 7;
            const { position } = await cloud
                .environment({ onSleep: (ms) => waits.push(ms) })
                .append(entryOf("a"), SETTINGS);
            assert.equal(position.offset, 1);
            assert.ok(waits.length > 0);
            assert.ok(waits.every((ms, index) => ms <= Math.min(500, 10 * 2 ** index)));
        });

        it("appends once, whichever of its requests are throttled", async () => {
            for (let request = 0; request < 8; request++) {
                let count = 0;
                const around: Around = async (_operation, send) => {
                    cloud.throttled = count++ === request ? 1 : 0;
                    await send();
                };
                const { position } = await cloud.environment({ around }).append(entryOf(`k${request}`), SETTINGS);
                assert.equal(position.offset, request + 1);
            }
        });

        it("gives up with an error after 60 attempts, of which none numbered the message", async () => {
            cloud.throttled = Infinity;
            let waits = 0;
            const appended = cloud.environment({ onSleep: () => waits++ }).append(entryOf("a"), SETTINGS);
            await assert.rejects(appended, (error) => {
                assert.ok(error instanceof LogContentionError);
                assert.equal(error.code, "log_contention");
                assert.equal((error.cause as Error).name, "ProvisionedThroughputExceededException");
                return true;
            });
            assert.equal(waits, 59, "between 60 attempts");
            cloud.throttled = 0;
            assert.deepEqual(await appendAll(["b"]), [1]);
        });

        it("throws on what waiting does not help against, at once", async () => {
            let requests = 0;
            const around: Around = async () => {
                requests++;
                throw Object.assign(new Error("not allowed"), { name: "AccessDeniedException" });
            };
            await assert.rejects(cloud.environment({ around }).append(entryOf("a"), SETTINGS), {
                name: "AccessDeniedException",
            });
            assert.equal(requests, 1);
        });
    });
});
