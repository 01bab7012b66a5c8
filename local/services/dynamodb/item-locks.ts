/** Exclusive locks by name, granted in the order asked for. */
export class ItemLocks {
    /** A name is present while it is held; its value is who waits for it. */
    readonly #waiting = new Map<string, (() => void)[]>();

    /** Waits until all the names are free, and holds them until the returned function is called, once. */
    async acquire(names: Iterable<string>): Promise<() => void> {
        // In one order for everybody, so that two who want the same names cannot wait for each other.
        const ordered = [...new Set(names)].sort();
        for (const name of ordered) {
            await this.#acquire(name);
        }
        return () => {
            for (const name of ordered) {
                this.#release(name);
            }
        };
    }

    #acquire(name: string): Promise<void> | undefined {
        const waiting = this.#waiting.get(name);
        if (waiting === undefined) {
            this.#waiting.set(name, []);
            return undefined;
        }
        return new Promise((resolve) => {
            waiting.push(resolve);
        });
    }

    #release(name: string): void {
        const next = this.#waiting.get(name)?.shift();
        if (next === undefined) {
            this.#waiting.delete(name);
        } else {
            next();
        }
    }
}
