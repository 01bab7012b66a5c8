import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { isNamespaceName } from "../../contract/channels";
import type { Log } from "../runtime/log";
import type { Namespace } from "../../contract/namespace";
import { parseNamespace } from "../../contract/namespace";
import type { NamespaceKey } from "../../contract/tables";

/** Looks namespaces up by name; `undefined` for one that nobody registered. */
export interface Namespaces {
    find(name: string): Promise<Namespace | undefined>;
}

/** Reads a namespace's row, or `undefined`. */
export type LoadNamespace = (name: string) => Promise<Namespace | undefined>;

/** How long a changed row may stay unnoticed. */
const KNOWN_FOR_MS = 30_000;
/** Shorter, so that a namespace is usable soon after its stack was deployed. */
const UNKNOWN_FOR_MS = 5_000;
/** Clients can ask for any name, so only so many are remembered. */
const MAX_REMEMBERED = 1_000;

interface Entry {
    readonly namespace: Promise<Namespace | undefined>;
    freshUntil: number;
}

/**
 * Remembers what `load` found: 30 s for a registered namespace, 5 s for an unknown one. A failed load is not
 * remembered.
 */
export function cachedNamespaces(load: LoadNamespace, clock: () => number): Namespaces {
    const entries = new Map<string, Entry>();
    return {
        async find(name) {
            // A name that no namespace can have is not looked up: it may be longer than a table's key.
            if (!isNamespaceName(name)) {
                return undefined;
            }
            const known = entries.get(name);
            if (known !== undefined && clock() < known.freshUntil) {
                return known.namespace;
            }
            const entry = { namespace: load(name), freshUntil: clock() + UNKNOWN_FOR_MS };
            remember(entries, name, entry);
            entry.namespace.then(
                (namespace) => {
                    entry.freshUntil = clock() + (namespace === undefined ? UNKNOWN_FOR_MS : KNOWN_FOR_MS);
                },
                () => {
                    entry.freshUntil = 0;
                },
            );
            return entry.namespace;
        },
    };
}

/** Loads from the namespace table. A row that cannot be fully understood is used as far as it can, and logged. */
export function loadFromTable(documents: DynamoDBDocumentClient, table: string, log: Log): LoadNamespace {
    return async (name) => {
        const key: NamespaceKey = { namespace: name };
        // Consistent: a namespace that was just registered must not be found missing, and then be remembered as
        // unknown.
        const { Item } = await documents.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
        if (Item === undefined) {
            return undefined;
        }
        const namespace = parseNamespace(name, Item);
        if (namespace.problems.length > 0) {
            log.error("A namespace's row is not fully usable", { namespace: name, problems: namespace.problems });
        }
        return namespace;
    };
}

function remember(entries: Map<string, Entry>, name: string, entry: Entry): void {
    entries.delete(name);
    entries.set(name, entry);
    const [oldest] = entries.keys();
    if (entries.size > MAX_REMEMBERED && oldest !== undefined) {
        entries.delete(oldest);
    }
}
