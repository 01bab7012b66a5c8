import type { ItemStore, TableDescription } from "dynalite/db";
import { guarded } from "./guarded";

/**
 * The descriptions of the tables in use, read once: dynalite would parse a table's whole description for each request.
 */
export class TableSchemas {
    readonly #tables = new Map<string, TableDescription>();

    constructor(private readonly store: ItemStore) {}

    /** In place of the store's `getTable`. */
    getTable(onCrash: (error: unknown) => void): ItemStore["getTable"] {
        return (name, callback) => {
            const known = this.#tables.get(name);
            if (known !== undefined) {
                callback(null, known);
                return;
            }
            this.store.getTable(
                name,
                guarded(onCrash, (error, table) => {
                    if (table !== undefined) {
                        this.#tables.set(name, table);
                    }
                    callback(error, table);
                }),
            );
        };
    }

    /** The names of the key attributes of a table that an action has run on. */
    keyNames(table: string): readonly string[] {
        return this.#tables.get(table)?.KeySchema.map(({ AttributeName }) => AttributeName) ?? [];
    }

    /** To be called when a table changes. */
    forget(table: string): void {
        this.#tables.delete(table);
    }
}
