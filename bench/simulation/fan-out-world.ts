import type { SQSRecord } from "aws-lambda";
import type { PutLetter } from "../../functions/deliveries/dead-letters";
import { createDeadLetters } from "../../functions/deliveries/dead-letters";
import { Slots } from "../../functions/runtime/concurrency";
import type { ChunkDeliveryDeps, DeliverChunk } from "../../functions/deliveries/chunk-delivery";
import { createChunkDelivery } from "../../functions/deliveries/chunk-delivery";
import { createDeliverer } from "../../functions/deliveries/deliverer";
import type { DeliveryQueue } from "../../functions/deliveries/delivery-queue";
import { createDeliveryQueue } from "../../functions/deliveries/delivery-queue";
import { createDirectAllowance } from "../../functions/fan-out/direct-allowance";
import { burstOf, paceFor } from "../../functions/fan-out/pace";
import type { FanOutReport } from "../../functions/fan-out/planner";
import { createPlanner, sumReports } from "../../functions/fan-out/planner";
import type { Push } from "../../functions/deliveries/push";
import type { ExpandRange } from "../../functions/fan-out/range-expansion";
import { createRangeExpansion } from "../../functions/fan-out/range-expansion";
import { Regulator } from "../../functions/posting/regulator";
import { TokenBucket } from "../../functions/posting/token-bucket";
import type { Log } from "../../functions/runtime/log";
import type { Counts } from "../../functions/runtime/metrics";
import { createDeliverHandler } from "../../functions/deliver/handler";
import { AccountThrottle, OtherApis, RateMeter } from "./account";
import { ModelAllowanceRow } from "./allowance";
import { channelName, Connections, ModelAudience } from "./connections";
import { Dice } from "./dice";
import type { Instance } from "./functions";
import { QueueFunction } from "./functions";
import type { PostFaults } from "./gateway";
import { Gateway, NO_FAULTS } from "./gateway";
import { Life } from "./life";
import { Processor } from "./processor";
import type { QueuedMessage } from "./queue";
import { ModelQueue } from "./queue";
import { VirtualTime } from "./virtual-time";

/** One message to one large audience, or some at once, and what goes wrong meanwhile. */
export interface Scenario {
    /** Of each message. */
    readonly connections: number;
    /** Published at once, on a channel each, to a notifier each. Defaults to 1. */
    readonly messages?: number;
    /** Posts per second that notifiers and deliverers may make together. */
    readonly deliveryRate: number;
    readonly seed: number;
    /** Requests per second of the account's other APIs. Defaults to none. */
    readonly otherApis?: number;
    /** Whether the deliverers are running already. Defaults to `false`. */
    readonly warm?: boolean;
    /** Connected so many seconds before the message. Defaults to 600. */
    readonly connectedSecondsAgo?: number;
    /** At a time since the message, in milliseconds. */
    readonly faults?: (elapsedMs: number) => PostFaults;
    readonly isGone?: (index: number) => boolean;
    /** When the notifier's first run dies, in milliseconds since its start. Defaults to never. */
    readonly notifierDiesAfterMs?: number;
    /** Whether the bus hands the event over twice. Defaults to `false`. */
    readonly eventTwice?: boolean;
    /** Probabilities: that a deliverer dies in the middle of a batch, … */
    readonly crashes?: number;
    /** … that SQS hands a message out twice, … */
    readonly duplicates?: number;
    /** … that it does not take one of a batch, … */
    readonly unsent?: number;
    /** … that DynamoDB throttles a read. */
    readonly throttledReads?: number;
    readonly maxAttempts?: number;
    readonly maxAgeSeconds?: number;
}

export interface Outcome {
    /** Summed over the messages. */
    readonly report: FanOutReport;
    /** From the notifier's start to the last connection's message. */
    readonly finishedAfterMs: number;
    /** Connections that are there and got it, at least once. */
    readonly reached: number;
    readonly duplicates: number;
    readonly pruned: number;
    /** Whether the event as a whole is a dead letter, so that nobody counts as lost. */
    readonly eventGivenUp: boolean;
    /** Connections in dead letters. */
    readonly deadLettered: ReadonlySet<string>;
    /** Connections that are there and neither got the message nor are in a dead letter. */
    readonly lost: number;
    readonly counts: Required<Pick<Counts, "delivered" | "stale" | "failed">>;
    readonly malformed: number;
    readonly posts: number;
    readonly throttledPosts: number;
    /** How many posts, at most, they were ahead of the delivery rate. */
    readonly burst: number;
    readonly queueMessages: number;
    readonly instances: number;
    readonly others: { readonly asked: number; readonly throttled: number };
}

/** Of the deliverer: 1,769 MB; of the notifier: the same. */
const DELIVERER_CPU = 1;
const NOTIFIER_CPU = 1;
const MAX_IN_FLIGHT = 256;
const NOTHING: FanOutReport = { audience: 0, delivered: 0, stale: 0, queued: 0, failed: 0 };
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Drives the planner and the deliverers, as they are deployed, through a scenario, until nothing is left to do. */
export async function simulate(scenario: Scenario): Promise<Outcome> {
    const world = new World(scenario);
    return world.run();
}

class World {
    private readonly time = new VirtualTime();
    private readonly dice: Dice;
    private readonly account = new AccountThrottle(this.time.clock);
    private readonly others: OtherApis;
    private readonly connections: Connections;
    private readonly gateway: Gateway;
    private readonly meter: RateMeter;
    private readonly allowanceRow: ModelAllowanceRow;
    private readonly queue: ModelQueue;
    private readonly letters: { readonly reason: string; readonly body: string }[] = [];
    private readonly counts = { delivered: 0, stale: 0, failed: 0 };
    private readonly startedAt = this.time.clock();
    private eventGivenUp = false;

    constructor(private readonly scenario: Scenario) {
        const { time, account } = this;
        this.dice = new Dice(scenario.seed);
        this.others = new OtherApis(time, account, this.dice, scenario.otherApis ?? 0);
        const connectedAt = this.startedAt - (scenario.connectedSecondsAgo ?? 600) * 1_000;
        const { connections, messages = 1, isGone = () => false } = scenario;
        this.connections = new Connections(connections * messages, connectedAt, isGone, messages);
        const faults = (): PostFaults => scenario.faults?.(time.clock() - this.startedAt) ?? NO_FAULTS;
        this.meter = new RateMeter(scenario.deliveryRate, time.clock);
        this.gateway = new Gateway(time, account, this.connections, this.dice, faults, this.meter);
        this.allowanceRow = new ModelAllowanceRow(time, this.dice);
        this.queue = new ModelQueue(time, this.dice, {
            visibilityMs: 180_000,
            maxReceives: 10,
            duplicates: scenario.duplicates ?? 0,
            unsent: scenario.unsent ?? 0,
        });
    }

    async run(): Promise<Outcome> {
        const { scenario, time, queue, dice } = this;
        const pace = paceFor(scenario.deliveryRate);
        const deliverers = new QueueFunction(
            time,
            dice,
            queue,
            {
                concurrency: pace.workers,
                batchSize: pace.batchSize,
                warm: scenario.warm ?? false,
                crashes: scenario.crashes ?? 0,
            },
            () => this.createDelivererInstance(),
        );
        deliverers.start();
        this.others.start();
        let report: FanOutReport | undefined;
        const messages = Array.from({ length: scenario.messages ?? 1 }, (_, index) => this.publish(index));
        const again = scenario.eventTwice === true ? [this.publish(0)] : [];
        void Promise.all([sumReports(messages), ...again]).then(([value]) => {
            report = value;
        });
        await time.run(() => report === undefined || !queue.isEmpty);
        this.others.stop();
        return this.outcome(report ?? NOTHING, deliverers.instances);
    }

    /** Lambda runs a function that failed twice more, after one minute and two, and then keeps the event. */
    private async publish(message: number): Promise<FanOutReport> {
        const { scenario } = this;
        for (let attempt = 1; ; attempt++) {
            try {
                const report = await this.notify(message, attempt === 1 ? scenario.notifierDiesAfterMs : undefined);
                if (report !== undefined) {
                    return report;
                }
            } catch {
                if (attempt === 3) {
                    this.eventGivenUp = true;
                    return NOTHING;
                }
            }
            await this.time.sleep(attempt * 60_000);
        }
    }

    /** A run of the notifier; without a report where it died. */
    private async notify(message: number, diesAfterMs: number | undefined): Promise<FanOutReport | undefined> {
        const { directAudience } = paceFor(this.scenario.deliveryRate);
        const life = new Life();
        if (diesAfterMs !== undefined) {
            this.time.after(diesAfterMs, () => {
                life.kill();
            });
        }
        const { clock } = this.time;
        const parts = this.createParts(life, NOTIFIER_CPU, directAudience);
        const ask = createDirectAllowance({ row: this.allowanceRow, directAudience, clock, log: SILENT });
        const channel = channelName(message);
        const id = `message-${message}`;
        const push: Push = {
            namespace: "news",
            id,
            channel,
            frame: JSON.stringify({ type: "message", channel, id, data: "…" }),
            publishedAt: this.startedAt,
        };
        const report = createPlanner({ ...parts, ask: life.during(ask), directAudience })(push, new Set());
        return (await Promise.race([report, life.ended])) ?? undefined;
    }

    /** One instance of the deliver function: what its entry file puts together, with models at the edges. */
    private createDelivererInstance(): Instance {
        const life = new Life();
        const { deliver, expand, putLetter } = this.createParts(life, DELIVERER_CPU);
        const metrics = {
            count: (counts: Counts) => {
                this.counts.delivered += counts.delivered ?? 0;
                this.counts.stale += counts.stale ?? 0;
                this.counts.failed += counts.failed ?? 0;
            },
        };
        // Nobody connects anew during a simulation.
        const replay = async (): Promise<number> => 0;
        const deliverer = createDeliverer({ deliver, expand, replay, putLetter, metrics, log: SILENT });
        const handle = createDeliverHandler(deliverer, SILENT);
        return {
            life,
            async run(batch) {
                const { batchItemFailures } = await handle({ Records: batch.map(toRecord) });
                const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
                return batch.filter(({ id }) => !failed.has(String(id)));
            },
        };
    }

    /** What `openFanOut` opens, for one function. @param burst of one that does not wait. */
    private createParts(life: Life, cpu: number, burst?: number): Parts {
        const {
            time: { clock, sleep },
            dice,
            scenario,
        } = this;
        const budgetMs = burst === undefined ? 10_000 : 60_000;
        const { workerRate, chunkSize } = paceFor(scenario.deliveryRate);
        const processor = new Processor(clock, cpu);
        const queue: DeliveryQueue = createDeliveryQueue(life.during(this.queue.sendBatch), sleep, dice.next);
        const putLetter = life.during(this.putLetter);
        const post = this.gateway.frameFrom(processor);
        const frame = { postTo: life.during((connectionId: string) => post.postTo(connectionId)) };
        const audience = new ModelAudience(this.connections, this.time, processor, dice, scenario.throttledReads ?? 0);
        const maxAttempts = scenario.maxAttempts ?? 10;
        const deps: ChunkDeliveryDeps = {
            transport: { prepare: () => frame },
            registry: this.connections,
            queue,
            deadLetters: createDeadLetters(putLetter),
            patient: burst === undefined,
            chunkSize,
            slots: new Slots(MAX_IN_FLIGHT),
            regulator: new Regulator(new TokenBucket(workerRate, burst ?? burstOf(workerRate), clock), clock),
            clock,
            sleep,
            random: dice.next,
            log: SILENT,
            graceSeconds: 30,
            limits: { maxAttempts, maxAgeSeconds: scenario.maxAgeSeconds ?? 900 },
        };
        return {
            deliver: createChunkDelivery(deps),
            audience,
            queue,
            chunkSize,
            putLetter,
            expand: createRangeExpansion({ ...deps, audience, maxAttempts, budgetMs }),
        };
    }

    private readonly putLetter = async (reason: string, body: string): Promise<void> => {
        await this.time.sleep(this.dice.delay(6, 4));
        this.letters.push({ reason, body });
    };

    private deadLettered(): Set<string> {
        const ids = new Set<string>();
        for (const { body } of this.letters.filter(({ reason }) => reason === "undelivered")) {
            const { connections } = JSON.parse(body) as { connections: { connectionId: string }[] };
            connections.forEach(({ connectionId }) => ids.add(connectionId));
        }
        for (const body of this.queue.redriven) {
            const { connections = [] } = JSON.parse(body) as { connections?: [string, number][] };
            connections.forEach(([connectionId]) => ids.add(connectionId));
        }
        return ids;
    }

    private outcome(report: FanOutReport, instances: number): Outcome {
        const { connections, scenario, gateway } = this;
        const deadLettered = this.deadLettered();
        let reached = 0;
        let duplicates = 0;
        let lost = 0;
        connections.slice(0, connections.count).forEach(({ connectionId }, index) => {
            const times = connections.received[index] ?? 0;
            reached += times > 0 ? 1 : 0;
            duplicates += Math.max(0, times - 1);
            lost += times === 0 && !(scenario.isGone?.(index) ?? false) && !deadLettered.has(connectionId) ? 1 : 0;
        });
        return {
            report,
            finishedAfterMs: connections.lastReceivedAt - this.startedAt,
            reached,
            duplicates,
            pruned: connections.pruned.size,
            eventGivenUp: this.eventGivenUp,
            deadLettered,
            lost: this.eventGivenUp ? 0 : lost,
            counts: {
                delivered: this.counts.delivered + report.delivered,
                stale: this.counts.stale + report.stale,
                failed: this.counts.failed + report.failed,
            },
            malformed: this.letters.filter(({ reason }) => reason === "malformed_delivery").length,
            posts: gateway.posts,
            throttledPosts: gateway.throttled,
            burst: Math.round(this.meter.peak),
            queueMessages: this.queue.sent,
            instances,
            others: { asked: this.others.asked, throttled: this.others.throttled },
        };
    }
}

interface Parts {
    readonly deliver: DeliverChunk;
    readonly expand: ExpandRange;
    readonly queue: DeliveryQueue;
    readonly chunkSize: number;
    readonly audience: ModelAudience;
    readonly putLetter: PutLetter;
}

function toRecord({ id, body }: QueuedMessage): SQSRecord {
    return {
        messageId: String(id),
        receiptHandle: "1",
        body,
        attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: "0",
            SenderId: "",
            ApproximateFirstReceiveTimestamp: "0",
        },
        messageAttributes: {},
        md5OfBody: "",
        eventSource: "aws:sqs",
        eventSourceARN: "",
        awsRegion: "",
    };
}
