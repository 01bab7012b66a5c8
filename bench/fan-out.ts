import type { BenchOptions, Measurement, Target } from "./result";
import { round } from "./result";
import { ACCOUNT_BURST, ACCOUNT_RATE } from "../simulation/account";
import type { Outcome, Scenario } from "../simulation/fan-out/world";
import { simulate } from "../simulation/fan-out/world";
import { NO_FAULTS } from "../simulation/post-faults";
import { simulateOneFunction } from "../simulation/fan-out/one-function";
import { median } from "./statistics";

const SIZES = [10_000, 100_000, 1_000_000];
const RUNS = 5;
const THROTTLED = 0.01;
const USUAL = { duplicates: 0.001, faults: () => ({ ...NO_FAULTS, throttled: THROTTLED }) };

/** The delivery rate, and what the account's other APIs ask for meanwhile. */
const SHARES = [
    { deliveryRate: 5_000, otherApis: 4_500 },
    { deliveryRate: 2_000, otherApis: 7_500 },
];
/** Messages at once, each to a notifier that has only just been started; of which one alone would post to all itself. */
const CROWDS = [
    { messages: 1, connections: 100_000, warm: false },
    { messages: 10, connections: 1_400, warm: true },
    { messages: 100, connections: 1_400, warm: true },
];

/** How long the real planner and deliverers take for a large audience, in virtual time. */
export async function measureFanOut({ quick, progress }: BenchOptions): Promise<Measurement> {
    const rows: (readonly (string | number)[])[] = [];
    const targets: Target[] = [];
    for (const connections of quick ? SIZES.slice(0, 2) : SIZES) {
        for (const warm of [false, true]) {
            progress(`${connections} connections, deliverers ${warm ? "warm" : "cold"}`);
            const outcomes = await repeat({ ...USUAL, connections, deliveryRate: ACCOUNT_RATE, warm });
            const floor = (connections - ACCOUNT_BURST) / ACCOUNT_RATE;
            rows.push(rowOf("the account's limit", 1, connections, warm, floor, outcomes));
            const what = `${connections} connections, deliverers ${warm ? "warm" : "cold"}`;
            targets.push(
                { what: `${what}: time over the floor`, value: median(ratios(outcomes, floor)), atMost: 1.15 },
                { what: `${what}: connections lost`, value: Math.max(...outcomes.map(({ lost }) => lost)), atMost: 0 },
            );
        }
    }
    for (const connections of quick ? SIZES.slice(0, 2) : SIZES) {
        progress(`${connections} connections, one function with the SDK's client`);
        rows.push(await peerRow(connections));
    }
    for (const { deliveryRate, otherApis } of SHARES) {
        for (const { messages, connections, warm } of CROWDS) {
            progress(`${messages} to ${connections} connections at ${deliveryRate}/s beside ${otherApis}/s of others`);
            const outcomes = await repeat({ ...USUAL, connections, messages, warm, deliveryRate, otherApis });
            const floor = (messages * connections) / deliveryRate;
            rows.push(rowOf(`${deliveryRate}/s`, messages, connections, warm, floor, outcomes));
            const what = `at ${deliveryRate}/s, ${messages} to ${connections} connections`;
            const throttled = Math.max(...outcomes.map(({ others }) => others.throttled));
            targets.push(
                { what: `${what}: requests of other APIs (${otherApis}/s) throttled`, value: throttled, atMost: 0 },
                { what: `${what}: connections lost`, value: Math.max(...outcomes.map(({ lost }) => lost)), atMost: 0 },
            );
        }
    }
    return {
        name: "fan-out",
        title: "Fan-out",
        columns: [
            "delivery rate",
            "messages",
            "connections of each",
            "deliverers",
            "floor s",
            "took s",
            "ratio",
            "worst",
            "429",
            "queued",
            "lost",
            "others' 429",
        ],
        rows,
        targets,
        notes: [
            `median and worst of ${RUNS} runs in virtual time; planner and deliverers are the functions' own code`,
            "simulated: the account's token bucket (10,000/s, burst 5,000); API Gateway (answers after 8 ms and, on " +
                "average, 4 more; 429 to 1 % of posts); SQS (delays, disorder, 0.1 % handed out twice); the event source " +
                "mapping (5 batches at first); Lambda (250 ms and, on average, 50 more to start; 50 µs of a CPU for a " +
                "post, 5 µs for a row); DynamoDB",
            "peer: one function posts to everybody with the SDK's client, 400 µs of a CPU and 3 attempts for a post; " +
                "what it gives up on is lost",
            "floor: (connections − burst) / rate of the account; connections / rate at a smaller share",
        ],
    };
}

async function repeat(scenario: Omit<Scenario, "seed">): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= RUNS; seed++) {
        outcomes.push(await simulate({ ...scenario, seed }));
    }
    return outcomes;
}

/** One run: it has no delays to be lucky with. */
async function peerRow(connections: number): Promise<readonly (string | number)[]> {
    const floor = (connections - ACCOUNT_BURST) / ACCOUNT_RATE;
    const { finishedAfterMs, lost, throttledPosts } = await simulateOneFunction({
        connections,
        throttled: THROTTLED,
        seed: 1,
    });
    const seconds = finishedAfterMs / 1_000;
    const ratio = round(seconds / floor);
    const times = [round(floor), round(seconds), ratio, ratio];
    return ["peer: its own CPU", 1, connections, "one", ...times, throttledPosts, 0, lost, 0];
}

function ratios(outcomes: readonly Outcome[], floor: number): readonly number[] {
    return outcomes.map(({ finishedAfterMs }) => finishedAfterMs / 1_000 / floor);
}

function rowOf(
    rate: string,
    messages: number,
    connections: number,
    warm: boolean,
    floor: number,
    outcomes: readonly Outcome[],
): readonly (string | number)[] {
    const middle = (of: (outcome: Outcome) => number): number => median(outcomes.map(of));
    return [
        rate,
        messages,
        connections,
        warm ? "warm" : "cold",
        round(floor),
        round(middle(({ finishedAfterMs }) => finishedAfterMs) / 1_000),
        round(median(ratios(outcomes, floor))),
        round(Math.max(...ratios(outcomes, floor))),
        middle(({ throttledPosts }) => throttledPosts),
        middle(({ report }) => report.queued),
        Math.max(...outcomes.map(({ lost }) => lost)),
        Math.max(...outcomes.map(({ others }) => others.throttled)),
    ];
}
