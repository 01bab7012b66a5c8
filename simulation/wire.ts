import type { VirtualTime } from "./virtual-time";

/** The line between a client and a server. Frames of one direction keep their order, as in TCP. */
export class Wire {
    /** Whether nothing passes any more, without either end being told. */
    isCut = false;
    private readonly arrival = { up: 0, down: 0 };

    constructor(
        private readonly time: VirtualTime,
        private readonly latencyMs: () => number,
    ) {}

    /** Lets something arrive at the other end, in its time. `up` is towards the server. */
    carry(direction: "up" | "down", arrive: () => void): void {
        const at = Math.max(this.arrival[direction], this.time.clock() + this.latencyMs());
        this.arrival[direction] = at;
        this.time.after(at - this.time.clock(), () => {
            if (!this.isCut) {
                arrive();
            }
        });
    }
}
