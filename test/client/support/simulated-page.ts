import { PushClient, type PositionStorage, type Status, type Subscription } from "../../../client/index";
import type { VirtualTime } from "../../../simulation/virtual-time";
import { Ledger, Life, type Publication } from "./life";
import type { SimulatedGateway } from "./simulated-gateway";
import { tokenOf } from "./tokens";

export interface PageOptions {
    /** Absent for the default. */
    readonly maxHeldMessages?: number;
    /** Whether what the page gets for a token is at times none. */
    readonly hasOddTokens: boolean;
}

export interface Surroundings {
    readonly clock: VirtualTime;
    readonly gateway: SimulatedGateway;
    readonly random: () => number;
}

/** What a page may get for a token once in a while: pages, refusals and torn lines. */
const ODD_TOKENS: readonly unknown[] = [
    "<html><head><title>502 Bad Gateway</title></head></html>",
    '{"message":"Service Unavailable"}',
    { message: "Service Unavailable" },
    "Unauthorized",
    "",
    undefined,
    0,
    "e30.ad\na.signed",
];

/** What a storage may hold of which no server takes any. */
const ODD_POSITIONS: readonly string[] = [
    '{"epoch":"e0","offset":-1}',
    '{"epoch":"e0","offset":1.5}',
    '{"epoch":"e0","offset":1e300}',
    '{"epoch":"","offset":1}',
    `{"epoch":"${"e".repeat(65)}","offset":1}`,
    '{"epoch":"e0"}',
    "null",
    "{",
];

/** A tab with its page, which is loaded again and again, and its subscribers. */
export class SimulatedPage {
    /** The subscribers that there have been. Over a reload they live on: the page subscribes to what it had. */
    readonly lives: Life[] = [];
    private readonly current = new Map<string, { readonly life: Life; subscription: Subscription }>();
    private readonly ledgers = new Map<string, Ledger>();
    private readonly storage: PositionStorage;
    private isHealed = false;
    private client: PushClient;

    constructor(
        channels: readonly string[],
        private readonly items: Map<string, string>,
        private readonly surroundings: Surroundings,
        private readonly options: PageOptions,
    ) {
        this.storage = storageOf(items);
        this.client = this.load();
        channels.forEach((channel) => {
            this.join(channel);
        });
    }

    get status(): Status {
        return this.client.state.status;
    }

    get connectionId(): string | undefined {
        return this.client.session?.connectionId;
    }

    join(channel: string): void {
        if (!this.current.has(channel)) {
            const life = new Life(
                channel,
                this.ledgerOf(channel),
                this.surroundings.clock,
                () => this.surroundings.gateway.connectionIds,
            );
            this.lives.push(life);
            this.subscribe(life);
        }
    }

    leave(channel: string): void {
        const current = this.current.get(channel);
        this.current.delete(channel);
        current?.life.end();
        current?.subscription.unsubscribe();
    }

    reload(): void {
        this.client.close();
        this.client = this.load();
        for (const { life } of [...this.current.values()]) {
            if (!this.items.has(`push:${life.channel}`)) {
                life.beginAnew();
            }
            this.subscribe(life);
        }
    }

    spoil(channel: string, seed: number): void {
        const key = `push:${channel}`;
        if (this.items.has(key)) {
            this.items.set(key, ODD_POSITIONS[seed % ODD_POSITIONS.length] ?? "");
            this.reload();
        }
    }

    check(): void {
        this.client.check();
    }

    published(publication: Publication): void {
        const { channel } = publication.message;
        this.ledgerOf(channel).add(publication, this.connectionId);
        this.current.get(channel)?.life.published(publication);
    }

    heal(): void {
        this.isHealed = true;
    }

    close(): void {
        this.client.close();
    }

    private load(): PushClient {
        const { clock, gateway, random } = this.surroundings;
        const { maxHeldMessages } = this.options;
        const client = new PushClient("ws://memory", {
            token: () => this.token(),
            WebSocket: gateway.WebSocket,
            clock,
            random,
            ...(maxHeldMessages === undefined ? {} : { maxHeldMessages }),
            storage: this.storage,
        });
        client.connect();
        return client;
    }

    private subscribe(life: Life): void {
        const subscription = this.client.subscribe(life.channel, life);
        this.current.set(life.channel, { life, subscription });
    }

    private ledgerOf(channel: string): Ledger {
        const ledger = this.ledgers.get(channel) ?? new Ledger();
        this.ledgers.set(channel, ledger);
        return ledger;
    }

    private token(): string {
        const { random } = this.surroundings;
        if (!this.options.hasOddTokens || this.isHealed || random() < 0.7) {
            return random() < 0.5 ? ` ${tokenOf("ada")}\n` : tokenOf("ada");
        }
        const odd = Math.floor(random() * (ODD_TOKENS.length + 1));
        if (odd === ODD_TOKENS.length) {
            throw new Error("fetch failed");
        }
        return ODD_TOKENS[odd] as string;
    }
}

/** One object for each map, as pages of one tab have one `sessionStorage`. */
const storages = new WeakMap<Map<string, string>, PositionStorage>();

function storageOf(items: Map<string, string>): PositionStorage {
    const storage = storages.get(items) ?? {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => items.set(key, value),
        removeItem: (key) => items.delete(key),
    };
    storages.set(items, storage);
    return storage;
}
