import assert from "node:assert/strict";
import { VirtualTime } from "../../../simulation/virtual-time";
import type { Life, Publication } from "./life";
import { SimulatedPage, type PageOptions } from "./simulated-page";
import { SimulatedGateway } from "./simulated-gateway";

export const LOGGED = "orders/1";
export const PLAIN = "chat/1";

/**
 * What happens next. `echo`: a page causes a message, which its connection is left out of. `pass` lets up to five
 * seconds pass, in which frames arrive and delays end. `remount`: a subscriber leaves and comes back at once. `spoil`: a
 * stored position becomes one that no server takes.
 */
export type Kind =
    | "publish"
    | "echo"
    | "burst"
    | "pass"
    | "drop"
    | "cut"
    | "refuse"
    | "accept"
    | "throttle"
    | "startOver"
    | "trim"
    | "switchHistory"
    | "reload"
    | "spoil"
    | "leave"
    | "join"
    | "remount"
    | "check";

export interface Step {
    readonly kind: Kind;
    readonly seed: number;
}

export interface WorldOptions extends PageOptions {
    readonly pages: number;
    /** Whether all pages keep their positions in one storage. */
    readonly isStorageShared: boolean;
    readonly sessionSeconds: number;
}

/** Pages with clients, the gateway, a network between them that does its worst, and what the pages saw. */
export class World {
    readonly gateway: SimulatedGateway;
    private readonly clock = new VirtualTime();
    private readonly pages: readonly SimulatedPage[];
    private count = 0;

    constructor(random: () => number, options: WorldOptions) {
        this.gateway = new SimulatedGateway(this.clock, random, options.sessionSeconds);
        this.gateway.withoutHistory("chat");
        const shared = new Map<string, string>();
        const surroundings = { clock: this.clock, gateway: this.gateway, random };
        this.pages = Array.from(
            { length: options.pages },
            () =>
                new SimulatedPage(
                    [LOGGED, PLAIN],
                    options.isStorageShared ? shared : new Map<string, string>(),
                    surroundings,
                    options,
                ),
        );
    }

    get lives(): readonly Life[] {
        return this.pages.flatMap(({ lives }) => lives);
    }

    async run({ kind, seed }: Step): Promise<void> {
        const { gateway } = this;
        const page = this.pages[seed % this.pages.length];
        const channel = seed % 3 === 0 ? PLAIN : LOGGED;
        switch (kind) {
            case "publish":
                this.publishAll();
                break;
            case "echo":
                this.echo(page, channel);
                break;
            case "burst":
                for (let index = 0; index < seed % 20; index += 1) {
                    this.publishAll();
                }
                break;
            case "pass":
                await this.pass(seed % 5_000);
                break;
            case "drop":
                gateway.open.at(seed % 2)?.peer.destroy();
                break;
            case "cut":
                gateway.open.slice(0, 1).forEach(gateway.cut);
                break;
            case "refuse":
                gateway.isRefusing = true;
                break;
            case "accept":
                gateway.isRefusing = false;
                break;
            case "throttle":
                gateway.throttle(seed % 20_000);
                break;
            case "startOver":
                gateway.startOver(LOGGED);
                break;
            case "trim":
                gateway.trim(LOGGED, seed % 3);
                break;
            case "switchHistory":
                gateway.switchHistory(channel === PLAIN ? "chat" : "orders");
                break;
            case "reload":
                page?.reload();
                break;
            case "spoil":
                page?.spoil(channel, seed);
                break;
            case "leave":
                page?.leave(channel);
                break;
            case "join":
                page?.join(channel);
                break;
            case "remount":
                page?.leave(channel);
                page?.join(channel);
                break;
            case "check":
                page?.check();
        }
    }

    /** From now on the network works, and there is time for all that is outstanding. */
    async heal(): Promise<void> {
        this.gateway.heal();
        this.pages.forEach((page) => {
            page.heal();
        });
        for (let round = 0; round < 60; round += 1) {
            await this.pass(5_000);
            this.publishAll();
        }
        await this.pass(10_000);
    }

    /** Asserts what was promised to each subscriber; with `isGapless`, also that no log has a gap. */
    assertPromise(isGapless: boolean): void {
        for (const page of this.pages) {
            assert.equal(page.status, "connected", "the page is connected in the end");
            for (const life of page.lives) {
                life.assertPromise(this.gateway.head(life.channel));
                assert.ok(!isGapless || life.channel === PLAIN || life.gaps.length === 0, "a log has no gap");
            }
        }
    }

    close(): void {
        this.pages.forEach((page) => {
            page.close();
        });
    }

    private publishAll(): void {
        this.publish(LOGGED);
        this.publish(PLAIN);
    }

    private echo(page: SimulatedPage | undefined, channel: string): void {
        const connectionId = page?.connectionId;
        if (connectionId !== undefined) {
            this.publish(channel, connectionId);
        }
    }

    private publish(channel: string, except?: string): void {
        this.count += 1;
        const wasAlone = this.gateway.open.every(({ id }) => id === except);
        const message = this.gateway.publish(channel, this.count, except === undefined ? [] : [except]);
        const publication: Publication = { message, at: this.clock.now(), except, wasAlone };
        this.pages.forEach((page) => {
            page.published(publication);
        });
    }

    private async pass(ms: number): Promise<void> {
        for (let left = ms; left > 0; left -= 250) {
            this.clock.advance(Math.min(left, 250));
            // Tokens come by promises.
            await Promise.resolve();
            await Promise.resolve();
            await Promise.resolve();
        }
    }
}
