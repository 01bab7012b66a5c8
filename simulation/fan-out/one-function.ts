import { AccountThrottle } from "../account";
import { CountedConnections } from "../counted-connections";
import { Dice } from "../dice";
import { ModelGateway } from "../gateway";
import { ANSWER_MS, faultOnArrival, faultOnSending, NO_FAULTS } from "../post-faults";
import { Processor } from "../processor";
import { VirtualTime } from "../virtual-time";

/** What becomes of a message that one function posts to everybody. */
export interface OneFunctionOutcome {
    readonly finishedAfterMs: number;
    readonly lost: number;
    readonly throttledPosts: number;
}

/** CPU of one post with the SDK's client, as `npm run bench -- sending` measures it on a free machine. */
const POST_CPU_MS = 0.4;
/** The SDK's defaults: sockets, attempts, and the bound of the first wait. */
const SOCKETS = 50;
const ATTEMPTS = 3;
const BASE_MS = 100;
/** AWS ends a function after 15 minutes. */
const TIMEOUT_MS = 900_000;

/**
 * How most people's first notifier does it: one function reads everybody and posts with the SDK's client as it comes.
 * What the client gives up on is lost, as nobody notes it anywhere.
 */
export async function simulateOneFunction(scenario: {
    readonly connections: number;
    readonly throttled: number;
    readonly seed: number;
}): Promise<OneFunctionOutcome> {
    const time = new VirtualTime();
    const startedAt = time.clock();
    const dice = new Dice(scenario.seed);
    const connections = new CountedConnections(time.clock, scenario.connections, startedAt, () => false);
    const faults = { ...NO_FAULTS, throttled: scenario.throttled };
    const account = new AccountThrottle(time.clock);
    const gateway = new ModelGateway({
        time,
        peers: connections,
        admits: () => account.admits(),
        faultOnSending: () => faultOnSending(faults, dice),
        faultOnArrival: () => faultOnArrival(faults, dice),
        answerMs: () => dice.delay(ANSWER_MS.least, ANSWER_MS.mean),
    });
    const frame = gateway.frameFrom("{}", new Processor(time.clock, 1), POST_CPU_MS);
    const everybody = connections.slice(0, connections.count).values();
    /** One socket, on which those who are left are served one after the other. */
    const serve = async (): Promise<void> => {
        for (const { connectionId } of everybody) {
            for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
                const { kind } = await frame.postTo(connectionId);
                if (kind === "delivered") {
                    break;
                }
                await time.sleep(dice.next() * BASE_MS * 2 ** (attempt - 1));
            }
        }
    };
    for (let socket = 0; socket < SOCKETS; socket++) {
        void serve();
    }
    await time.run(() => time.clock() - startedAt < TIMEOUT_MS);
    return {
        finishedAfterMs: connections.lastReceivedAt - startedAt,
        lost: connections.received.filter((times) => times === 0).length,
        throttledPosts: gateway.throttled,
    };
}
