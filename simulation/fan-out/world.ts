import { createDeliverer } from "../../functions/deliveries/deliverer";
import { createDirectAllowance } from "../../functions/fan-out/direct-allowance";
import { paceFor } from "../../functions/fan-out/pace";
import type { FanOutReport } from "../../functions/fan-out/planner";
import { createPlanner, sumReports } from "../../functions/fan-out/planner";
import type { Push } from "../../functions/deliveries/push";
import type { PreparedFrame } from "../../functions/transports/transport";
import type { Log } from "../../functions/runtime/log";
import type { Counts } from "../../functions/runtime/metrics";
import type { FanOutParts } from "../../functions/fan-out/open-fan-out";
import { assembleFanOut } from "../../functions/fan-out/open-fan-out";
import type { FanOutRole } from "../../functions/fan-out/roles";
import { delivererRole, notifierRole } from "../../functions/fan-out/roles";
import { createDeliverHandler } from "../../functions/deliver/handler";
import { AccountThrottle, OtherApis, RateMeter } from "../account";
import { ModelAllowanceRow } from "../allowance-row";
import { channelName, CountedConnections, ModelAudience } from "../counted-connections";
import { Dice } from "../dice";
import { QueueSource, workedOff } from "../event-source";
import { ModelGateway } from "../gateway";
import type { Instance } from "../lambda";
import { ModelFunction } from "../lambda";
import { Life } from "../life";
import type { PostFaults } from "../post-faults";
import { ANSWER_MS, faultOnArrival, faultOnSending, NO_FAULTS } from "../post-faults";
import { Processor } from "../processor";
import type { QueuedMessage } from "../queue";
import { ModelQueue } from "../queue";
import { VirtualTime } from "../virtual-time";

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
/** Of one post: the CPU of signing and sending over TLS. */
const POST_CPU_MS = 0.05;
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
    private readonly connections: CountedConnections;
    private readonly gateway: ModelGateway;
    private readonly meter: RateMeter;
    private readonly allowanceRow: ModelAllowanceRow;
    private readonly queue: ModelQueue;
    private readonly letters: { readonly reason: string; readonly body: string }[] = [];
    private readonly counts = { delivered: 0, stale: 0, failed: 0 };
    private readonly startedAt = this.time.clock();
    private eventGivenUp = false;
    /** When the first run of the notifier began. It is the one that may be told to die. */
    private notifiedAt: number | undefined;

    constructor(private readonly scenario: Scenario) {
        const { time, account } = this;
        this.dice = new Dice(scenario.seed);
        this.others = new OtherApis(time, account, this.dice, scenario.otherApis ?? 0);
        const connectedAt = this.startedAt - (scenario.connectedSecondsAgo ?? 600) * 1_000;
        const { connections, messages = 1, isGone = () => false } = scenario;
        this.connections = new CountedConnections(time.clock, connections * messages, connectedAt, isGone, messages);
        const faults = (): PostFaults => scenario.faults?.(time.clock() - this.startedAt) ?? NO_FAULTS;
        this.meter = new RateMeter(scenario.deliveryRate, time.clock);
        this.gateway = new ModelGateway({
            time,
            peers: this.connections,
            admits: () => account.admits(),
            faultOnSending: () => faultOnSending(faults(), this.dice),
            faultOnArrival: () => faultOnArrival(faults(), this.dice),
            answerMs: () => this.dice.delay(ANSWER_MS.least, ANSWER_MS.mean),
            meter: this.meter,
        });
        this.allowanceRow = new ModelAllowanceRow(time, this.dice);
        this.queue = new ModelQueue(time, this.dice, {
            visibilityMs: 180_000,
            maxReceives: 10,
            duplicates: scenario.duplicates ?? 0,
            unsent: scenario.unsent ?? 0,
            putAway: (body) => this.letters.push({ reason: "received_too_often", body }),
        });
    }

    async run(): Promise<Outcome> {
        const { scenario, time, queue, dice } = this;
        const pace = paceFor(scenario.deliveryRate);
        const { workers, batchSize } = pace;
        const deliverers = new ModelFunction(
            time,
            dice,
            { name: "deliver", warm: scenario.warm === true ? workers : 0, crashes: scenario.crashes ?? 0 },
            () => this.createDeliverer(),
        );
        new QueueSource(time, dice, queue, { concurrency: workers, batchSize }, deliverers).start();
        const { messages: messageCount = 1, eventTwice } = scenario;
        const notifiers = new ModelFunction(
            time,
            dice,
            { name: "notify", warm: messageCount + (eventTwice === true ? 1 : 0) },
            () => this.createNotifier(),
        );
        const publish = async (message: number): Promise<FanOutReport> =>
            (await notifiers.invokeLater(message, () => {
                this.eventGivenUp = true;
            })) ?? NOTHING;
        this.others.start();
        let report: FanOutReport | undefined;
        const messages = Array.from({ length: messageCount }, (_, index) => publish(index));
        const again = eventTwice === true ? [publish(0)] : [];
        void Promise.all([sumReports(messages), ...again]).then(([value]) => {
            report = value;
        });
        await time.run(() => report === undefined || !queue.isEmpty);
        this.others.stop();
        return this.outcome(report ?? NOTHING, deliverers.instances);
    }

    /** One instance of the notify function, as far as it fans a message out. */
    private createNotifier(): Instance<number, FanOutReport> {
        const { time, scenario } = this;
        const { directAudience } = paceFor(scenario.deliveryRate);
        const life = new Life();
        const { posting, ...parts } = this.createParts(life, NOTIFIER_CPU, notifierRole(scenario.deliveryRate));
        const ask = createDirectAllowance({ row: this.allowanceRow, directAudience, clock: time.clock, log: SILENT });
        const plan = createPlanner({ ...posting, ...parts, ask: life.during(ask), directAudience });
        return {
            life,
            run: (message) => {
                if (scenario.notifierDiesAfterMs !== undefined && this.notifiedAt === undefined) {
                    time.after(scenario.notifierDiesAfterMs, () => {
                        life.kill();
                    });
                }
                this.notifiedAt ??= time.clock();
                return plan(this.pushOf(message), new Set());
            },
        };
    }

    private pushOf(message: number): Push {
        const channel = channelName(message);
        const id = `message-${message}`;
        const frame = JSON.stringify({ type: "message", channel, id, data: "…" });
        return { namespace: "news", id, channel, frame, publishedAt: this.startedAt };
    }

    /** One instance of the deliver function: what its entry file puts together, with models at the edges. */
    private createDeliverer(): Instance<readonly QueuedMessage[], readonly QueuedMessage[]> {
        const life = new Life();
        const role = delivererRole(this.scenario.deliveryRate);
        const { deliver, expand } = this.createParts(life, DELIVERER_CPU, role);
        const putLetter = life.during(this.putLetter);
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
        return { life, run: workedOff(createDeliverHandler(deliverer, SILENT)) };
    }

    /** What a function fans out with: assembled as it is for its own entry, over models. */
    private createParts(life: Life, cpu: number, role: FanOutRole): FanOutParts {
        const {
            time: { clock, sleep },
            dice,
            scenario,
        } = this;
        const processor = new Processor(clock, cpu);
        const prepare = (text: string): PreparedFrame => {
            const frame = this.gateway.frameFrom(text, processor, POST_CPU_MS);
            return { postTo: life.during((connectionId: string) => frame.postTo(connectionId)) };
        };
        const edges = {
            transport: { prepare },
            registry: this.connections,
            audience: new ModelAudience(this.connections, this.time, processor, dice, scenario.throttledReads ?? 0),
            sendBatch: life.during(this.queue.sendBatch),
            putLetter: life.during(this.putLetter),
            clock,
            sleep,
            random: dice.next,
            log: SILENT,
        };
        const { deliveryRate, maxAttempts = 10, maxAgeSeconds = 900 } = scenario;
        const settings = { deliveryRate, deliveryConcurrency: MAX_IN_FLIGHT };
        return assembleFanOut(settings, role, edges, { maxAttempts, maxAgeSeconds });
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
        for (const { body } of this.letters.filter(({ reason }) => reason === "received_too_often")) {
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
            finishedAfterMs: connections.lastReceivedAt - (this.notifiedAt ?? this.startedAt),
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
