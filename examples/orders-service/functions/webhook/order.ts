/** The payment provider's report about an order. Other members are stored as they are. */
export interface Order {
    readonly customer: string;
    readonly orderId: string;
    readonly attributes: Readonly<Record<string, unknown>>;
}

export type ParsedOrder =
    { readonly ok: true; readonly value: Order } | { readonly ok: false; readonly reason: string };

/** Any text, as the table's keys are: a key ends at 1,024 bytes of UTF-8, and half of a surrogate pair has none. */
const MAX_ID_LENGTH = 300;
const MAX_ID_BYTES = 1_024;

const ID_RULE = `must be text of 1 to ${MAX_ID_LENGTH} characters, at most ${MAX_ID_BYTES} bytes of UTF-8.`;

const MAX_ATTRIBUTES = 50;
const MAX_DEPTH = 16;

/** Reads `{"customer":"ada","orderId":"42","status":"paid",…}`. */
export function parseOrder(text: string): ParsedOrder {
    const body = parseObject(text);
    if (body === undefined) {
        return { ok: false, reason: "The body is not a JSON object." };
    }
    const { customer, orderId, ...attributes } = body;
    if (!isId(customer)) {
        return { ok: false, reason: `\`customer\` ${ID_RULE}` };
    }
    if (!isId(orderId)) {
        return { ok: false, reason: `\`orderId\` ${ID_RULE}` };
    }
    if (typeof attributes["status"] !== "string" || attributes["status"] === "") {
        return { ok: false, reason: '`status` must be text, for example "paid".' };
    }
    if (Object.keys(attributes).length > MAX_ATTRIBUTES || !isStorable(attributes)) {
        return {
            ok: false,
            reason: `The order has more than ${MAX_ATTRIBUTES} members, or a member that cannot be stored.`,
        };
    }
    return { ok: true, value: { customer, orderId, attributes } };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
    } catch {
        return undefined;
    }
}

function isId(value: unknown): value is string {
    return (
        typeof value === "string" &&
        value !== "" &&
        value.length <= MAX_ID_LENGTH &&
        Buffer.byteLength(value) <= MAX_ID_BYTES &&
        !/\p{Surrogate}/u.test(value)
    );
}

/** Whether DynamoDB takes it: every member named, every number exact, no deeper than it nests. */
function isStorable(value: unknown, depth = 0): boolean {
    if (typeof value === "number") {
        return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
    }
    if (typeof value !== "object" || value === null) {
        return true;
    }
    return (
        depth < MAX_DEPTH &&
        !Object.hasOwn(value, "") &&
        Object.values(value).every((member) => isStorable(member, depth + 1))
    );
}
