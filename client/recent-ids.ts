/** Remembers the last ids that it was given. */
export class RecentIds {
    // A Set keeps the order in which its members came.
    readonly #ids = new Set<string>();
    readonly #limit: number;

    constructor(limit: number) {
        this.#limit = limit;
    }

    /** Whether the id is new; remembers it, and forgets the oldest past the limit. */
    add(id: string): boolean {
        if (this.#ids.has(id)) {
            return false;
        }
        this.#ids.add(id);
        if (this.#ids.size > this.#limit) {
            for (const oldest of this.#ids) {
                this.#ids.delete(oldest);
                break;
            }
        }
        return true;
    }
}
