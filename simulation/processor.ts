/** The CPU of one function: what it is given is done one after the other. */
export class Processor {
    private busyUntil = 0;

    /** @param share of a whole CPU, as a function's memory gives it. */
    constructor(
        private readonly clock: () => number,
        private readonly share: number,
    ) {}

    /** Answers in how many milliseconds the work is done that a whole CPU does in `milliseconds`. */
    work(milliseconds: number): number {
        const now = this.clock();
        this.busyUntil = Math.max(now, this.busyUntil) + milliseconds / this.share;
        return this.busyUntil - now;
    }
}
