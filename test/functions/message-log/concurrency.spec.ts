import assert from "node:assert/strict";
import fc from "fast-check";
import { RegistryAudience } from "../../../functions/registry/audience";
import { BatchWriter } from "../../../functions/registry/batch-write";
import { ALL_SORT_KEYS } from "../../../functions/registry/sort-keys";
import { ConnectionRegistry } from "../../../functions/registry/registry";
import type { Around } from "./log-cloud";
import { entryOf, LogCloud, offsetsAndIds } from "./log-cloud";
import { Turns } from "./turns";

const SETTINGS = { ttlSeconds: 3600, maxMessages: 100 };

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/** In which order requests meet: what each choice among those that wait comes to, again and again from the start. */
const orders = fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 60 });

function inOrder(order: readonly number[]): (waiting: number) => number {
    let turn = 0;
    return () => order[turn++ % order.length] ?? 0;
}

describe("Many notifiers at once", () => {
    let cloud: LogCloud;
    let channels = 0;
    let channel: string;

    before(async () => {
        cloud = await LogCloud.start();
    });

    beforeEach(() => {
        channel = `orders/${++channels}`;
    });

    after(async () => {
        await cloud.close();
    });

    async function replay(): Promise<readonly string[]> {
        const log = cloud.environment();
        const {
            position: { epoch },
        } = await log.since(channel);
        const { recovered, missed } = await log.since(channel, { epoch, offset: 0 });
        assert.equal(recovered, true);
        return offsetsAndIds(missed);
    }

    it("give their messages consecutive numbers, each its own", async () => {
        const appended = await Promise.all(
            range(30).map((key) => cloud.environment().append({ ...entryOf(String(key)), channel }, SETTINGS)),
        );
        const lines = appended.map(({ position, entry }) => `${position.offset} ${entry.id}`);
        assert.deepEqual(
            appended.map(({ position }) => position.offset).sort((one, other) => one - other),
            range(30),
        );
        assert.deepEqual([...(await replay())].sort(), [...lines].sort());
    });

    it("number an event once that several of them were given at the same time", async () => {
        const keys = range(5).flatMap((key) => [key, key, key, key]);
        const appended = await Promise.all(
            keys.map((key) => cloud.environment().append({ ...entryOf(String(key)), channel }, SETTINGS)),
        );
        const distinct = new Set(appended.map(({ position, entry }) => `${position.offset} ${entry.id}`));
        assert.deepEqual([...distinct].sort(), await replay());
        assert.equal(distinct.size, 5);
    });

    it("see that a key was used while they were looking, and what for", async () => {
        let requests = 0;
        const around: Around = async (_operation, request) => {
            await request();
            if (++requests === 1) {
                await cloud.environment().append({ ...entryOf("a", `"first"`), channel }, SETTINGS);
                await cloud.environment().append({ ...entryOf("b"), channel }, SETTINGS);
            }
        };
        await cloud.environment().since(channel);
        const { position, entry, repeated } = await cloud
            .environment({ around })
            .append({ ...entryOf("a", `"second"`), channel }, SETTINGS);
        assert.deepEqual([position.offset, entry, repeated], [1, entryOf("a", `"first"`), true]);
    });

    it("number each key once, without holes, in whatever order their requests meet", async function () {
        this.timeout(60_000);
        const keys = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 4 });
        await fc.assert(
            fc.asyncProperty(keys, orders, async (used, order) => {
                channel = `orders/${++channels}`;
                const { around } = new Turns(inOrder(order));
                const appended = await Promise.all(
                    used.map((key) => cloud.environment({ around }).append({ ...entryOf(key), channel }, SETTINGS)),
                );
                const distinct = new Set(appended.map(({ position, entry }) => `${position.offset} ${entry.id}`));
                assert.equal(distinct.size, new Set(used).size);
                assert.deepEqual(await replay(), [...distinct].sort());
            }),
            { numRuns: 30 },
        );
    });
});

describe("Notifiers of which only some have heard that there is no history", () => {
    let cloud: LogCloud;

    before(async () => {
        cloud = await LogCloud.start();
    });

    after(async () => {
        await cloud.close();
    });

    it("leave no position from before the log's end recoverable, and no number to two messages, in whatever order their requests meet", async function () {
        this.timeout(60_000);
        let channels = 0;
        const epochs = new Set<number>();
        const ids = fc.constantFrom("a", "b", "c");
        const property = fc.asyncProperty(fc.array(ids, { maxLength: 3 }), orders, async (numbered, order) => {
            const channel = `orders/${++channels}`;
            const seen = (await cloud.environment().append({ ...entryOf("before"), channel }, SETTINGS)).position;
            const { around } = new Turns(inOrder(order));
            const [appended] = await Promise.all([
                Promise.all(
                    numbered.map((id) => cloud.environment({ around }).append({ ...entryOf(id), channel }, SETTINGS)),
                ),
                cloud.environment({ around }).end(channel),
                cloud.environment({ around }).end(channel),
            ]);
            const { recovered, position } = await cloud.environment().since(channel, seen);
            assert.equal(recovered, false);
            const places = appended.map((one) => `${one.position.epoch} ${one.position.offset} ${one.entry.id}`);
            const distinct = new Set(places);
            assert.equal(new Set([...distinct].map((place) => place.replace(/ .$/, ""))).size, distinct.size);
            const now = await cloud.environment().since(channel, { ...position, offset: 0 });
            assert.deepEqual(
                offsetsAndIds(now.missed).map((line) => `${position.epoch} ${line}`),
                [...distinct].filter((place) => place.startsWith(`${position.epoch} `)).sort(),
            );
            epochs.add(new Set(appended.map((one) => one.position.epoch)).size);
        });
        for (let round = 0; round < 5 && !epochs.has(2); round++) {
            await fc.assert(property, { numRuns: 40 });
        }
        assert.ok(epochs.has(2), "no order that was tried has ended the log between two numbered messages");
    });
});

describe("A subscriber and a publisher at once", () => {
    const connection = { connectionId: "c1=", userId: "ada", connectedAt: 0, expiresAt: 2_000_000_000 };
    let cloud: LogCloud;

    before(async () => {
        cloud = await LogCloud.start();
        await registry().add(connection, []);
    });

    after(async () => {
        await cloud.close();
    });

    function registry(documents = cloud.documents()): ConnectionRegistry {
        const batches = new BatchWriter(documents, LogCloud.REGISTRY, {
            sleep: () => Promise.resolve(),
            random: Math.random,
        });
        return new ConnectionRegistry(documents, LogCloud.REGISTRY, batches);
    }

    it("never miss each other: a message is in the replay, or comes live, in whatever order their requests meet", async function () {
        this.timeout(60_000);
        let channels = 0;
        const outcomes = new Set<string>();
        const property = fc.asyncProperty(orders, fc.boolean(), async (order, published) => {
            const channel = `orders/${++channels}`;
            if (published) {
                await cloud.environment().append({ ...entryOf("before"), channel }, SETTINGS);
            }
            const { position: seen } = await cloud.environment().since(channel);
            const { around } = new Turns(inOrder(order));
            const subscribe = async (): Promise<readonly string[]> => {
                await registry(cloud.documents(around)).subscribe(connection, channel, 1000);
                return offsetsAndIds((await cloud.environment({ around }).since(channel, seen)).missed);
            };
            const publish = async (): Promise<readonly string[]> => {
                const { position } = await cloud
                    .environment({ around })
                    .append({ ...entryOf("now"), channel }, SETTINGS);
                const audience = new RegistryAudience(
                    cloud.documents(around),
                    LogCloud.REGISTRY,
                    () => cloud.clock.now,
                );
                const { recipients } = await audience.read(channel, ALL_SORT_KEYS, 100);
                return recipients.map(() => `${position.offset} now`);
            };
            const [missed, live] = await Promise.all([subscribe(), publish()]);
            outcomes.add(`${missed.length} missed, ${live.length} live`);
            assert.deepEqual([...new Set([...missed, ...live])], [`${seen.offset + 1} now`]);
        });
        // The rarest outcome comes of one order in eight, so that forty orders may miss it once in a few hundred runs.
        for (let round = 0; round < 5 && outcomes.size < 3; round++) {
            await fc.assert(property, { numRuns: 40 });
        }
        // Otherwise the orders that were tried show nothing.
        assert.deepEqual([...outcomes].sort(), ["0 missed, 1 live", "1 missed, 0 live", "1 missed, 1 live"]);
    });

    it("never miss each other without a word where the message has no number, in whatever order their requests meet", async function () {
        this.timeout(60_000);
        let channels = 0;
        const outcomes = new Set<string>();
        const property = fc.asyncProperty(orders, async (order) => {
            const channel = `invoices/${++channels}`;
            const { position: seen } = await cloud.environment().since(channel);
            const { around } = new Turns(inOrder(order));
            const subscribe = async (): Promise<boolean> => {
                await registry(cloud.documents(around)).subscribe(connection, channel, 1000);
                return (await cloud.environment({ around }).since(channel, seen)).recovered;
            };
            const publish = async (): Promise<number> => {
                await cloud.environment({ around }).end(channel);
                const documents = cloud.documents(around);
                const audience = new RegistryAudience(documents, LogCloud.REGISTRY, () => cloud.clock.now);
                return (await audience.read(channel, ALL_SORT_KEYS, 100)).recipients.length;
            };
            const [isRecovered, live] = await Promise.all([subscribe(), publish()]);
            outcomes.add(`${isRecovered ? "recovered" : "a gap"}, ${live} live`);
            assert.ok(!isRecovered || live === 1);
        });
        for (let round = 0; round < 5 && outcomes.size < 3; round++) {
            await fc.assert(property, { numRuns: 40 });
        }
        assert.deepEqual([...outcomes].sort(), ["a gap, 0 live", "a gap, 1 live", "recovered, 1 live"]);
    });
});
