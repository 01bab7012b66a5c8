/** The key and the expiry of the registry of connections and of the message log. */
export const ROW_ATTRIBUTES = { hashKey: "pk", rangeKey: "sk", expiry: "expiresAt" } as const;

/** A row's primary key there. */
export type RowKey = Readonly<Record<(typeof ROW_ATTRIBUTES)["hashKey" | "rangeKey"], string>>;

/** When a row counts as gone, in epoch **seconds**: DynamoDB's TTL takes milliseconds for a date far away. */
export type RowExpiry = Readonly<Record<(typeof ROW_ATTRIBUTES)["expiry"], number>>;

/** The key of the table of namespaces. */
export const NAMESPACE_KEY = "namespace";

export type NamespaceKey = Readonly<Record<typeof NAMESPACE_KEY, string>>;
