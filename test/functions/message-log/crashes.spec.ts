import assert from "node:assert/strict";
import type { Around } from "./log-cloud";
import { entryOf, LogCloud, offsetsAndIds } from "./log-cloud";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 100 };
const CHANNEL = "orders/42";

class Crash extends Error {}

/**
 * How the request that a function dies on ends: never sent, carried out without an answer, or carried out much later.
 */
type Death = "before" | "after" | "late";

/**
 * All that an append sends: reads head and key, writes message, key of the message before, head. Nothing dies on the
 * 6th.
 */
const REQUESTS = [1, 2, 3, 4, 5, 6];

describe("A notifier that dies while it appends", () => {
    let cloud: LogCloud;

    beforeEach(async () => {
        cloud = await LogCloud.start();
        for (const key of ["first", "second"]) {
            await cloud.environment().append(entryOf(key), SETTINGS);
        }
    });

    afterEach(async () => {
        await cloud.close();
    });

    /** Appends until the given request, and dies. Whatever is sent late is sent by what this resolves with. */
    async function dieOn(fatal: number, death: Death, key: string): Promise<() => Promise<void>> {
        const late: (() => Promise<void>)[] = [];
        let count = 0;
        const around: Around = async (_operation, request) => {
            count++;
            if (count >= fatal && death === "late") {
                late.push(request);
            } else if (count < fatal || (count === fatal && death === "after")) {
                await request();
            }
            if (count >= fatal) {
                throw new Crash();
            }
        };
        await cloud
            .environment({ around })
            .append(entryOf(key), SETTINGS)
            .catch((error: unknown) => {
                assert.ok(error instanceof Crash);
            });
        return async () => {
            await Promise.allSettled(late.map((send) => send()));
        };
    }

    async function replay(): Promise<readonly string[]> {
        const log = cloud.environment();
        const {
            position: { epoch },
        } = await log.since(CHANNEL);
        const { recovered, missed } = await log.since(CHANNEL, { epoch, offset: 0 });
        assert.equal(recovered, true);
        return offsetsAndIds(missed);
    }

    for (const death of ["before", "after", "late"] as const) {
        for (const fatal of REQUESTS) {
            const moment = { before: "before", after: "right after", late: "on the way of" }[death];

            it(`${moment} request ${fatal}: tried again, the message has one number, without a hole`, async () => {
                const sendLate = await dieOn(fatal, death, "third");
                const { position } = await cloud.environment().append(entryOf("third"), SETTINGS);
                await sendLate();
                const next = await cloud.environment().append(entryOf("fourth"), SETTINGS);
                assert.deepEqual([position.offset, next.position.offset], [3, 4]);
                assert.deepEqual(await replay(), ["1 first", "2 second", "3 third", "4 fourth"]);
            });

            it(`${moment} request ${fatal}: others go on, and tried again after them it has one number`, async () => {
                const sendLate = await dieOn(fatal, death, "third");
                const other = await cloud.environment().append(entryOf("other"), SETTINGS);
                await sendLate();
                const another = await cloud.environment().append(entryOf("another"), SETTINGS);
                const { position } = await cloud.environment().append(entryOf("third"), SETTINGS);
                assert.deepEqual(
                    [position, other.position, another.position].map(({ offset }) => offset).sort(),
                    [3, 4, 5],
                );
                const inLog = (await replay()).slice(2);
                const answered = [
                    `${other.position.offset} other`,
                    `${another.position.offset} another`,
                    `${position.offset} third`,
                ];
                assert.deepEqual(inLog, answered.sort());
            });
        }
    }

    it("may die on the same request every time, if only somebody else publishes", async () => {
        for (const fatal of REQUESTS) {
            await dieOn(fatal, "before", "third");
        }
        await cloud.environment().append(entryOf("other"), SETTINGS);
        await cloud.environment().append(entryOf("third"), SETTINGS);
        const ids = (await replay()).map((line) => line.replace(/^\d+ /, ""));
        assert.deepEqual([...ids].sort(), ["first", "other", "second", "third"]);
    });
});

describe("A request that DynamoDB carries out after its message's time is over", () => {
    it("puts nothing into replays that was not in the log", async () => {
        const cloud = await LogCloud.start();
        await cloud.environment().append(entryOf("first"), SETTINGS);
        const held: (() => Promise<void>)[] = [];
        const around: Around = async (operation, request) => {
            if (operation === "PutItem") {
                held.push(request);
                throw new Crash();
            }
            await request();
        };
        // This one would have been number 2, and still goes by settings under which messages live for an hour.
        await assert.rejects(cloud.environment({ around }).append(entryOf("late"), SETTINGS), Crash);
        const log = cloud.environment();
        const {
            position: { epoch },
        } = await log.append(entryOf("second"), { ...SETTINGS, ttlSeconds: 10 });
        cloud.clock.now += 60_000;
        await cloud.sweep();
        await log.append(entryOf("third"), SETTINGS);
        await Promise.all(held.map((send) => send()));

        assert.equal((await log.since(CHANNEL, { epoch, offset: 1 })).recovered, false);
        const { missed } = await log.since(CHANNEL, { epoch, offset: 2 });
        assert.deepEqual(offsetsAndIds(missed), ["3 third"]);
        await cloud.close();
    });
});
