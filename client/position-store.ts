import { positionOf, type Position } from "./frames.js";

/** Where positions are kept over reloads of the page: `sessionStorage` and `localStorage` fit. */
export interface PositionStorage {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
}

/**
 * Positions by channel. A storage that is full, denied or holds nonsense costs replay after a reload, not the messages
 * of now: its failures are taken for an empty one.
 */
export class PositionStore {
    readonly #storage: PositionStorage | undefined;
    readonly #prefix: string;

    constructor(storage: PositionStorage | undefined, prefix: string) {
        this.#storage = storage;
        this.#prefix = prefix;
    }

    load(channel: string): Position | undefined {
        try {
            const text = this.#storage?.getItem(this.#prefix + channel);
            const value: unknown = JSON.parse(text ?? "null");
            return typeof value === "object" && value !== null ? positionOf({ ...value }) : undefined;
        } catch {
            return undefined;
        }
    }

    /** Removes the channel's position when there is none. */
    save(channel: string, position: Position | undefined): void {
        const key = this.#prefix + channel;
        try {
            if (position === undefined) {
                this.#storage?.removeItem(key);
            } else {
                this.#storage?.setItem(key, JSON.stringify(position));
            }
        } catch {
            // As said above: the messages of now are delivered all the same.
        }
    }
}
