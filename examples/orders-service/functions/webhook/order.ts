/** The payment provider's report about an order. Other members are stored as they are. */
export interface Order {
    readonly customer: string;
    readonly orderId: string;
    readonly attributes: Readonly<Record<string, unknown>>;
}

export type ParsedOrder =
    { readonly ok: true; readonly value: Order } | { readonly ok: false; readonly reason: string };

/** Both become segments of a channel, so what could not be one is refused here, where the provider gets to know. */
const SEGMENT = /^[A-Za-z0-9._:-][A-Za-z0-9._:@-]{0,63}$/;

const MAX_ATTRIBUTES = 50;
const MAX_DEPTH = 16;

/** Reads `{"customer":"ada","orderId":"42","status":"paid",…}`. */
export function parseOrder(text: string): ParsedOrder {
    const body = parseObject(text);
    if (body === undefined) {
        return { ok: false, reason: "The body is not a JSON object." };
    }
    const { customer, orderId, ...attributes } = body;
    if (!isSegment(customer)) {
        return { ok: false, reason: "`customer` must be 1 to 64 of A-Z a-z 0-9 . _ : @ - and not begin with @." };
    }
    if (!isSegment(orderId)) {
        return { ok: false, reason: "`orderId` must be 1 to 64 of A-Z a-z 0-9 . _ : @ - and not begin with @." };
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

function isSegment(value: unknown): value is string {
    return typeof value === "string" && SEGMENT.test(value);
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
