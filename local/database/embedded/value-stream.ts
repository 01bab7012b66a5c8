import { Stream } from "node:stream";

/** As much of abstract-level's iterator over values as is needed. */
export interface ValueIterator {
    /** The next values, at most `size`; empty at the end. */
    nextv(size: number): Promise<unknown[]>;
    close(): Promise<void>;
}

const BATCH = 100;

/**
 * The stream over a range of items that dynalite's Query and Scan read from. Dynalite's own costs a promise per item,
 * and lets what a filter throws end the process: here that becomes an `error` of the stream. (To an emitter that is no
 * `Stream`, dynalite would listen twice.)
 */
export class ValueStream extends Stream {
    #destroyed = false;

    constructor(private readonly iterator: ValueIterator) {
        super();
        setImmediate(() => void this.#flow());
    }

    /** No more `data` after this. */
    destroy(): void {
        this.#destroyed = true;
    }

    async #flow(): Promise<void> {
        try {
            for (;;) {
                const values = await this.iterator.nextv(BATCH);
                if (values.length === 0) {
                    break;
                }
                for (const value of values) {
                    if (this.#destroyed) {
                        return;
                    }
                    this.emit("data", value);
                }
            }
            this.emit("end");
        } catch (error) {
            this.emit("error", error);
        } finally {
            await this.iterator.close();
        }
    }
}
