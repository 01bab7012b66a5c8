import { parseNamespace } from "../../contract/namespace";
import type { Namespaces } from "../../functions/namespaces/namespaces";

/** Namespaces by the rows that their table would hold. */
export function fakeNamespaces(rows: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Namespaces {
    return {
        async find(name) {
            const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
            return row === undefined ? undefined : parseNamespace(name, row);
        },
    };
}
