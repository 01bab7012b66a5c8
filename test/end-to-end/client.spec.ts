import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import type { Gap, PushMessage, WebSocketConstructor } from "../../client/index";
import { PushClient } from "../../client/index";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** The client package against the real gateway and functions: what a page's callback sees. */
describe("The client", () => {
    let cloud: TestCloud;
    const clients: PushClient[] = [];
    const sockets: WebSocket[] = [];
    before(async () => {
        cloud = await sharedCloud();
        await cloud.registerNamespace("feed", [{ channel: "feed/*" }], { ttlSeconds: 3_600, maxMessages: 100 });
        await cloud.registerNamespace("moment", [{ channel: "moment/*" }]);
    });
    afterEach(() => {
        for (const client of clients.splice(0)) {
            client.close();
        }
        sockets.length = 0;
    });

    /** Sockets are kept, so that a test can cut one as a network would. */
    class CuttableWebSocket extends WebSocket {
        constructor(url: string, protocols: string[]) {
            super(url, protocols);
            sockets.push(this);
        }
    }

    const connect = (storage?: Map<string, string>): PushClient => {
        const client = new PushClient(cloud.platform.webSocketUrl, {
            token: () => cloud.mint({ sub: "ada" }),
            WebSocket: CuttableWebSocket as unknown as WebSocketConstructor,
            backoff: { baseMs: 10, capMs: 50 },
            ...(storage === undefined ? {} : { storage: asStorage(storage) }),
        });
        clients.push(client);
        client.connect();
        return client;
    };

    const publish = (namespace: string, channel: string, data: unknown): Promise<unknown> =>
        cloud.notify({ namespace, event: "Said", channel, data });

    it("calls back once for every message, in order, though its network is cut in the middle of a burst", async () => {
        const inbox = new Inbox();
        connect().subscribe("feed/1", inbox.handler);
        await inbox.subscribed;

        for (let n = 1; n <= 30; n++) {
            if (n % 10 === 5) {
                sockets.at(-1)?.terminate();
            }
            await publish("feed", "feed/1", n);
        }

        await inbox.untilData(30);
        assert.deepEqual(
            inbox.data,
            Array.from({ length: 30 }, (_, index) => index + 1),
        );
        assert.deepEqual(inbox.gaps, []);
        assert.equal(sockets.length > 1, true, "the network was never cut");
    });

    it("does not hear what its own connection is left out of, and needs to ask for nothing", async () => {
        const [own, other] = [new Inbox(), new Inbox()];
        const [page, otherPage] = [connect(), connect()];
        page.subscribe("feed/3", own.handler);
        otherPage.subscribe("feed/3", other.handler);
        await Promise.all([own.subscribed, other.subscribed]);

        for (let n = 1; n <= 6; n++) {
            const except = n % 2 === 1 ? [page.session?.connectionId] : [];
            await cloud.notify({ namespace: "feed", event: "Said", channel: "feed/3", data: n, except });
        }
        await other.untilData(6);
        await own.untilData(6);

        // For as long as a client waits for a message that seems to be late.
        await sleep(1_600);
        assert.deepEqual(
            [own.data, other.data],
            [
                [2, 4, 6],
                [1, 2, 3, 4, 5, 6],
            ],
        );
        assert.deepEqual([own.confirmations, other.confirmations], [1, 1]);
        assert.deepEqual([...own.gaps, ...other.gaps], []);
    });

    it("goes on after a reload where the page had stopped", async () => {
        const storage = new Map<string, string>();
        const first = new Inbox();
        const page = connect(storage);
        page.subscribe("feed/2", first.handler);
        await first.subscribed;
        await publish("feed", "feed/2", "before");
        await first.untilData("before");
        page.close();
        await publish("feed", "feed/2", "while away");

        const second = new Inbox();
        connect(storage).subscribe("feed/2", second.handler);

        await second.untilData("while away");
        assert.deepEqual([first.data, second.data, second.gaps], [["before"], ["while away"], []]);
    });

    it("tells of a gap where the namespace keeps no history", async () => {
        const inbox = new Inbox();
        connect().subscribe("moment/1", inbox.handler);
        await inbox.subscribed;

        sockets.at(-1)?.terminate();

        await inbox.untilGap();
        assert.deepEqual(
            inbox.gaps.map(({ reason }) => reason),
            ["no_history"],
        );
    });

    it("hands a refusal to the subscriber whose channel it is", async () => {
        const refused = new Promise<string>((resolve) => {
            connect().subscribe("orders/@user/bob", {
                message: () => undefined,
                error: ({ code }) => {
                    resolve(code);
                },
            });
        });
        assert.equal(await refused, "forbidden");
    });
});

/** A subscriber that keeps what it is told. Mocha's timeout bounds the waits. */
class Inbox {
    readonly data: unknown[] = [];
    readonly gaps: Gap[] = [];
    readonly subscribed: Promise<void>;
    /** One for each question about the channel. */
    confirmations = 0;
    private confirm: () => void = () => undefined;
    private readonly waiting = new Set<() => void>();

    constructor() {
        this.subscribed = new Promise((resolve) => {
            this.confirm = resolve;
        });
    }

    readonly message = ({ data }: PushMessage): void => {
        this.data.push(data);
        this.wake();
    };

    readonly gap = (gap: Gap): void => {
        this.gaps.push(gap);
        this.wake();
    };

    async untilData(last: unknown): Promise<void> {
        await this.until(() => this.data.at(-1) === last);
    }

    async untilGap(): Promise<void> {
        await this.until(() => this.gaps.length > 0);
    }

    /** What to subscribe with. */
    get handler(): { message: Inbox["message"]; gap: Inbox["gap"]; subscribed: () => void } {
        const subscribed = (): void => {
            this.confirmations++;
            this.confirm();
        };
        return { message: this.message, gap: this.gap, subscribed };
    }

    private async until(condition: () => boolean): Promise<void> {
        while (!condition()) {
            await new Promise<void>((resolve) => this.waiting.add(resolve));
        }
    }

    private wake(): void {
        for (const resolve of [...this.waiting]) {
            this.waiting.delete(resolve);
            resolve();
        }
    }
}

function asStorage(values: Map<string, string>): {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
} {
    return {
        getItem: (key) => values.get(key) ?? null,
        setItem: (key, value) => {
            values.set(key, value);
        },
        removeItem: (key) => {
            values.delete(key);
        },
    };
}
