import { isPosition, type Position } from "./frames.js";

/** Where positions are kept over reloads of the page. It has to be the page's own, as `sessionStorage` is. */
export interface PositionStorage {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
}

/** Stored instead of a position where two clients would keep theirs: each would skip what only the other has seen. */
const SHARED = '"shared"';

/** Which client of this page keeps which keys of a storage. */
const keepersOf = new WeakMap<PositionStorage, Map<string, PositionStore>>();

/**
 * Positions by channel. A storage that is full or denied costs replay after a reload, not the messages of now: its
 * failures are taken for an empty one.
 */
export class PositionStore {
    readonly #storage: PositionStorage | undefined;
    readonly #prefix: string;
    readonly #keepers: Map<string, PositionStore>;

    /** Throws where the storage is the one that all tabs share. */
    constructor(storage: PositionStorage | undefined, prefix: string) {
        if (storage !== undefined && storage === storageOfAllTabs()) {
            throw new TypeError(
                "`storage` is localStorage, which all tabs share: a tab would go on where another one is, and miss " +
                    "messages. Pass sessionStorage, which is the tab's own.",
            );
        }
        this.#storage = storage;
        this.#prefix = prefix;
        this.#keepers = (storage && keepersOf.get(storage)) ?? new Map<string, PositionStore>();
        if (storage !== undefined) {
            keepersOf.set(storage, this.#keepers);
        }
    }

    /** Where an earlier page was, if there was one; "lost" if that can no longer be told. */
    load(channel: string): Position | "lost" | undefined {
        return this.#attempt((storage) => {
            const key = this.#keep(storage, channel);
            const text = storage.getItem(key);
            return text === null ? undefined : readPosition(text);
        });
    }

    /** Removes the channel's position when there is none. */
    save(channel: string, position: Position | undefined): void {
        this.#attempt((storage) => {
            const key = this.#keep(storage, channel);
            if (position === undefined && this.#keepers.get(key) === this) {
                this.#keepers.delete(key);
            }
            if (storage.getItem(key) === SHARED) {
                return;
            }
            if (position === undefined) {
                storage.removeItem(key);
            } else {
                storage.setItem(key, JSON.stringify(position));
            }
        });
    }

    /** Lets another client go on from what is stored. */
    release(): void {
        for (const [key, keeper] of this.#keepers) {
            if (keeper === this) {
                this.#keepers.delete(key);
            }
        }
    }

    /** The channel's key, of which we are the keeper from now on. If somebody else is, nobody is any more. */
    #keep(storage: PositionStorage, channel: string): string {
        const key = this.#prefix + channel;
        const keeper = this.#keepers.get(key) ?? this;
        this.#keepers.set(key, keeper);
        if (keeper !== this && storage.getItem(key) !== SHARED) {
            storage.setItem(key, SHARED);
        }
        return key;
    }

    #attempt<Value>(access: (storage: PositionStorage) => Value): Value | undefined {
        try {
            return this.#storage && access(this.#storage);
        } catch {
            // As said above: the messages of now are delivered all the same.
            return undefined;
        }
    }
}

/** A position that the server takes. */
function readPosition(text: string): Position | "lost" {
    try {
        const value: unknown = JSON.parse(text);
        return isPosition(value) ? { epoch: value.epoch, offset: value.offset } : "lost";
    } catch {
        return "lost";
    }
}

function storageOfAllTabs(): unknown {
    try {
        return (globalThis as { readonly localStorage?: unknown }).localStorage;
    } catch {
        // The page may not even look at it.
        return undefined;
    }
}
