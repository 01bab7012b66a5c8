import { setTimeout as sleep } from "node:timers/promises";

/** Waits until something is so, as real sockets take their time. Gives up after 5 seconds, which is too long. */
export async function until(condition: () => boolean): Promise<void> {
    for (let round = 0; !condition(); round += 1) {
        if (round > 5_000) {
            throw new Error(`Waited in vain until ${condition.toString()}`);
        }
        await sleep(1);
    }
}

/** Gives real sockets the time in which something that must not happen would. */
export async function settle(): Promise<void> {
    await sleep(30);
}
