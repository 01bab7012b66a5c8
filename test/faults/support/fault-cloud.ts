import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { Crashes } from "../../../local/edge/crashes";
import type { ConnectionFaults } from "../../../local/services/api-gateway/connection-faults";
import type { LostDisconnects } from "../../../local/services/api-gateway/routes/lost-disconnects";
import type { Faults } from "../../../local/services/dynamodb/faults";
import { TestCloud } from "../../support/shared-cloud";
import { MovableTime } from "./movable-time";
import { Network } from "./network";
import type { PageOptions } from "./page";
import { Page } from "./page";

/** A retry that AWS makes after a minute is made after 60 ms. */
const PACE = 0.001;

/** Failures that a test makes happen. Each of them defaults to none. */
export interface InjectedFaults {
    readonly dynamoDb?: Faults;
    readonly connections?: ConnectionFaults;
    readonly disconnects?: LostDisconnects;
    readonly crashes?: Crashes;
}

/** An event of the push bus, as the bus hands it to the notifier. */
export type BusEvent = Readonly<Record<string, unknown>>;

let starting: Promise<FaultCloud> | undefined;

/** One cloud for all fault specs: the real programs, bundles, sockets and protocols, and failures on demand. */
export function faultCloud(): Promise<FaultCloud> {
    starting ??= FaultCloud.start();
    return starting;
}

export async function closeFaultCloud(): Promise<void> {
    await (await starting)?.close();
}

export class FaultCloud {
    /** What fails now. `calm` ends it. */
    failing: InjectedFaults = {};
    private readonly pages: Page[] = [];
    private readonly networks: Network[] = [];

    private constructor(
        readonly cloud: TestCloud,
        readonly gatewayTime: MovableTime,
        readonly queueTime: MovableTime,
    ) {}

    static async start(): Promise<FaultCloud> {
        const gateway = new MovableTime();
        const queues = new MovableTime();
        const made: { cloud?: FaultCloud } = {};
        const failing = (): InjectedFaults => made.cloud?.failing ?? {};
        const cloud = await TestCloud.start({
            pace: PACE,
            services: {
                dynamoDb: { faults: (operation, table) => failing().dynamoDb?.(operation, table) },
                sqs: { time: queues },
                apiGateway: {
                    time: gateway,
                    connections: (connectionId, attempt) => failing().connections?.(connectionId, attempt),
                    disconnects: (connectionId) => failing().disconnects?.(connectionId) ?? false,
                },
            },
            crashes: (request) => failing().crashes?.(request),
        });
        made.cloud = new FaultCloud(cloud, gateway, queues);
        return made.cloud;
    }

    /** A namespace of a test's own, whose channels are open to everybody. */
    async namespace(history: { readonly maxMessages: number } | "no history" = { maxMessages: 100 }): Promise<string> {
        const name = `n${randomUUID().slice(0, 8)}`;
        const rules = [{ channel: `${name}/*` }];
        await (history === "no history"
            ? this.cloud.registerNamespace(name, rules)
            : this.cloud.registerNamespace(name, rules, { ttlSeconds: 3_600, ...history }));
        return name;
    }

    /** A page that has been told to connect. */
    page(
        channel: string,
        options: Partial<PageOptions> & { readonly sub?: string; readonly ttlSeconds?: number } = {},
    ): Page {
        const { sub = "ada", ttlSeconds, ...rest } = options;
        const page = new Page({
            url: this.cloud.platform.webSocketUrl,
            token: () => this.cloud.mint({ sub }, ttlSeconds === undefined ? {} : { ttlSeconds }),
            channel,
            ...rest,
        });
        this.pages.push(page);
        return page;
    }

    /** A page whose subscription has been confirmed. */
    async subscribedPage(...options: Parameters<FaultCloud["page"]>): Promise<Page> {
        const page = this.page(...options);
        await page.untilSubscribed();
        return page;
    }

    async network(): Promise<Network> {
        const network = await Network.to(this.cloud.platform.webSocketUrl);
        this.networks.push(network);
        return network;
    }

    /** Invokes the notifier and waits for its report. The key is also the data. */
    async publish(channel: string, id: string): Promise<Record<string, unknown>> {
        const [namespace = ""] = channel.split("/");
        return this.cloud.notify({ namespace, event: "Said", channel, data: id, id });
    }

    /** Puts events on the push bus, from where they come to the notifier side by side. The keys are also the data. */
    async putEvents(channel: string, keys: readonly string[]): Promise<void> {
        const [namespace = ""] = channel.split("/");
        for (let start = 0; start < keys.length; start += 10) {
            await this.cloud.eventbridge.send(
                new PutEventsCommand({
                    Entries: keys.slice(start, start + 10).map((id) => ({
                        EventBusName: this.cloud.platform.eventBusName,
                        Source: namespace,
                        DetailType: "Said",
                        Detail: JSON.stringify({ channel, data: id, id }),
                    })),
                }),
            );
        }
    }

    /** Hands an event to the notifier as the bus does, which may do so twice, and in any order. */
    async deliverEvent(channel: string, id: string): Promise<void> {
        const [source = ""] = channel.split("/");
        const event: BusEvent = {
            version: "0",
            id,
            "detail-type": "Said",
            source,
            account: "000000000000",
            time: new Date().toISOString(),
            region: this.cloud.local.region,
            resources: [],
            detail: { channel, data: id },
        };
        await this.cloud.lambda.send(
            new InvokeCommand({
                FunctionName: this.cloud.platform.notifierArn,
                InvocationType: "Event",
                Payload: JSON.stringify(event),
            }),
        );
    }

    /** The numbers and keys of a channel's log from its beginning, as a client is told that was there then. */
    async log(channel: string): Promise<readonly string[]> {
        const listener = await this.cloud.listen({ sub: "ada" });
        const { epoch, offset } = await listener.ask({ action: "subscribe", id: "head", channel });
        const since = { epoch, offset: 0 };
        const { recovered } = await listener.ask({ action: "subscribe", id: "all", channel, since });
        if (recovered !== true) {
            throw new Error(`the log of ${channel} does not go back to its beginning`);
        }
        if (offset !== 0) {
            await listener.message((message) => message["offset"] === offset);
        }
        // Live messages may come between the others, and twice; that one key has two numbers would show.
        const numbers = listener.messages.map((message) => [Number(message["offset"]), String(message["id"])] as const);
        await listener.close();
        const inOrder = numbers.sort(([one], [other]) => one - other);
        return [...new Set(inOrder.map(([number, id]) => `${number} ${id}`))];
    }

    /** The identity of a channel's log. */
    async epoch(channel: string): Promise<string> {
        const listener = await this.cloud.listen({ sub: "ada" });
        const { epoch } = await listener.ask({ action: "subscribe", id: "epoch", channel });
        await listener.close();
        return String(epoch);
    }

    /** Lets the delays of queues pass, a while at a time, until something is so. Mocha's timeout bounds the wait. */
    async whileQueuesMoveOn(condition: () => boolean): Promise<void> {
        while (!condition()) {
            await sleep(100);
            this.queueTime.advance(5_000);
        }
    }

    /** Lets a page's time pass, a while at a time, until something is so: for what it does after a delay. */
    async whileTimeMovesOn({ time }: Page, condition: () => boolean): Promise<void> {
        while (!condition()) {
            await sleep(100);
            time.advance(2_000);
        }
    }

    /**
     * The dead letter about a test's own channel, with the delays of queues passing meanwhile: so fast that another test's
     * delivery may come once more, and be given up, before.
     */
    async letterAbout(channel: string): Promise<Readonly<Record<string, unknown>>> {
        const name = JSON.stringify(channel);
        for (;;) {
            const letter = (await this.cloud.deadLetters()).find((one) => JSON.stringify(one).includes(name));
            if (letter !== undefined) {
                return letter;
            }
            await sleep(100);
            this.queueTime.advance(30_000);
        }
    }

    /** Shows dead letters again that reading has hidden, and publishes all of them again, as an operator does. */
    async redriveLetters(): Promise<void> {
        this.queueTime.advance(43_200_000);
        await this.cloud.redrive();
    }

    /** Ends all failures and all pages. */
    async calm(): Promise<void> {
        this.failing = {};
        for (const page of this.pages.splice(0)) {
            page.close();
        }
        await Promise.all(this.networks.splice(0).map((network) => network.close()));
        await this.cloud.closeListeners();
    }

    async close(): Promise<void> {
        await this.calm();
        await this.cloud.close();
    }
}

/** The keys of so many messages: `m1`, `m2`, … */
export function keys(count: number, prefix = "m"): readonly string[] {
    return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
