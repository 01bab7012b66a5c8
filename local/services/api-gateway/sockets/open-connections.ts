import type { Connection } from "./connection";

/** The connections that can be sent to now. A handshake under way is not among them, nor a socket that is closing. */
export class OpenConnections {
    readonly #byId = new Map<string, Connection>();

    get size(): number {
        return this.#byId.size;
    }

    add(connection: Connection): void {
        this.#byId.set(connection.id, connection);
    }

    remove(connection: Connection): void {
        this.#byId.delete(connection.id);
    }

    /** The connection of that id, if it is one of this stage's. */
    find(connectionId: string, stage: string): Connection | undefined {
        const connection = this.#byId.get(connectionId);
        return connection?.facts.stage === stage ? connection : undefined;
    }

    all(): readonly Connection[] {
        return [...this.#byId.values()];
    }
}
