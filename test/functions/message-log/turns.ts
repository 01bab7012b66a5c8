import type { Around } from "./log-cloud";

/**
 * Lets one request through at a time, in an order that `pick` decides: asked with how many are waiting, it names one.
 * So the order in which concurrent functions meet at the table is a test's choice, and can be had again.
 */
export class Turns {
    readonly #waiting: (() => void)[] = [];
    #busy = false;

    constructor(private readonly pick: (waiting: number) => number) {}

    readonly around: Around = async (_operation, request) => {
        await new Promise<void>((go) => {
            this.#waiting.push(go);
            this.#next();
        });
        try {
            await request();
        } finally {
            this.#busy = false;
            this.#next();
        }
    };

    #next(): void {
        // By then, whoever has got an answer has made up its mind, and waits with its next request.
        setImmediate(() => {
            if (this.#busy || this.#waiting.length === 0) {
                return;
            }
            const [go] = this.#waiting.splice(this.pick(this.#waiting.length) % this.#waiting.length, 1);
            this.#busy = true;
            go?.();
        });
    }
}
