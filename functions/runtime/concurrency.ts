/** A number of places, each held by one piece of work at a time; the rest waits in line. */
export class Slots {
    private readonly waiting: (() => void)[] = [];

    constructor(private free: number) {}

    /** Resolves once there is a place, which the caller then holds. */
    async take(): Promise<void> {
        if (this.free > 0) {
            this.free--;
            return;
        }
        await new Promise<void>((resolve) => this.waiting.push(resolve));
    }

    release(): void {
        const next = this.waiting.shift();
        if (next === undefined) {
            this.free++;
        } else {
            next();
        }
    }
}
