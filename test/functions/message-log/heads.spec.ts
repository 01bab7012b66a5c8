import assert from "node:assert/strict";
import type { Position } from "../../../contract/protocol";
import { LogContentionError } from "../../../functions/message-log/log-contention-error";
import type { Around } from "./log-cloud";
import { entryOf, LogCloud, offsetsAndIds } from "./log-cloud";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 5 };
const CHANNEL = "orders/42";
const HOUR_MS = 3600 * 1000;

describe("The end of a channel's log", () => {
    let cloud: LogCloud;

    beforeEach(async () => {
        cloud = await LogCloud.start();
    });

    afterEach(async () => {
        await cloud.close();
    });

    async function publish(id: string): Promise<Position> {
        return (await cloud.environment().append(entryOf(id), SETTINGS)).position;
    }

    it("is told to a client that returns to where it was, although nothing has been numbered since", async () => {
        const position = await publish("1");
        await cloud.environment().end();
        const answer = await cloud.environment().since(CHANNEL, position);
        assert.deepEqual([answer.recovered, answer.missed, answer.position.offset], [false, [], 0]);
        assert.notEqual(answer.position.epoch, position.epoch);
    });

    it("is told as well where nothing had been numbered before", async () => {
        const { position } = await cloud.environment().since(CHANNEL);
        await cloud.environment().end();
        const answer = await cloud.environment().since(CHANNEL, position);
        assert.equal(answer.recovered, false);
        assert.notEqual(answer.position.epoch, position.epoch);
    });

    it("is followed by a new epoch, which begins with 1 and is replayed without what came before", async () => {
        const before = await publish("1");
        await cloud.environment().end();
        const after = await publish("2");
        assert.equal(after.offset, 1);
        assert.notEqual(after.epoch, before.epoch);
        const { recovered, missed } = await cloud.environment().since(CHANNEL, { ...after, offset: 0 });
        assert.deepEqual([recovered, offsetsAndIds(missed)], [true, ["1 2"]]);
        assert.equal((await cloud.environment().since(CHANNEL, before)).recovered, false);
    });

    it("concerns no other channel", async () => {
        const position = await publish("1");
        await cloud.environment().end("orders/43");
        assert.equal((await cloud.environment().since(CHANNEL, position)).recovered, true);
    });

    it("leaves nothing where there was no log", async () => {
        await cloud.environment().end();
        assert.deepEqual(await cloud.rows(""), []);
    });

    it("is one for functions whose clocks are a little behind, too", async () => {
        const position = await publish("1");
        await cloud.environment().end();
        cloud.clock.now -= 50_000;
        assert.equal((await cloud.environment().since(CHANNEL, position)).recovered, false);
    });

    it("is deleted by TTL like all rows", async () => {
        await publish("1");
        await cloud.environment().end();
        await cloud.sweep();
        assert.deepEqual(await cloud.rows("head"), []);
        cloud.clock.now += HOUR_MS;
        assert.equal((await publish("2")).offset, 1);
    });

    it("includes what another numbers while the head is being looked at", async () => {
        let late: Position | undefined;
        const around: Around = async (operation, request) => {
            await request();
            if (operation === "GetItem") {
                late ??= await publish("2");
            }
        };
        const before = await publish("1");
        await cloud.environment({ around }).end();
        assert.deepEqual(late, { ...before, offset: 2 });
        assert.equal((await cloud.environment().since(CHANNEL, late)).recovered, false);
    });

    it("puts a message that is just being numbered into the epoch after it", async () => {
        let isEnded = false;
        const around: Around = async (operation, request) => {
            if (operation === "PutItem" && !isEnded) {
                isEnded = true;
                await cloud.environment().end();
            }
            await request();
        };
        const before = await publish("1");
        const { position } = await cloud.environment({ around }).append(entryOf("2"), SETTINGS);
        assert.equal(position.offset, 1);
        assert.notEqual(position.epoch, before.epoch);
        assert.equal((await cloud.environment().since(CHANNEL, before)).recovered, false);
    });

    it("is given up where others move the head each time, so that the event is tried again", async () => {
        let count = 0;
        const around: Around = async (operation, request) => {
            await request();
            if (operation === "GetItem") {
                await publish(String(++count));
            }
        };
        await publish("0");
        await assert.rejects(cloud.environment({ around }).end(), LogContentionError);
    });
});
