import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";
import { parseOrder } from "./order";
import type { Orders } from "./orders";
import { hasValidSignature } from "./signature";

export interface WebhookDependencies {
    /** Shared with the payment provider. */
    readonly secret: string;
    readonly orders: Orders;
}

/** Far below the size of a DynamoDB item, and of a change that can be pushed to a browser. */
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Takes a payment provider's call. Nothing of the body is looked at, let alone written, before its signature is
 * checked. Updating the row is all that a service does here: the table's stream carries the change to the browser.
 */
export function createWebhook({
    secret,
    orders,
}: WebhookDependencies): (event: LambdaFunctionURLEvent) => Promise<APIGatewayProxyStructuredResultV2> {
    return async (event) => {
        if (event.requestContext.http.method !== "POST") {
            return answer(405, { error: "method_not_allowed", message: "Send a POST." });
        }
        const body = rawBody(event);
        if (!hasValidSignature(body, event.headers["x-hub-signature-256"], secret)) {
            return answer(401, {
                error: "bad_signature",
                message: "X-Hub-Signature-256 does not sign this body with the shared secret.",
            });
        }
        if (body.length > MAX_BODY_BYTES) {
            return answer(413, { error: "too_large", message: `An order has ${MAX_BODY_BYTES} bytes at most.` });
        }
        const order = parseOrder(body.toString("utf8"));
        if (!order.ok) {
            return answer(400, { error: "bad_order", message: order.reason });
        }
        await orders.update(order.value);
        return answer(200, { customer: order.value.customer, orderId: order.value.orderId });
    };
}

/** The bytes that were signed. Lambda hands a body in Base64 whenever its content type is not a text's. */
function rawBody(event: LambdaFunctionURLEvent): Buffer {
    return Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
}

function answer(statusCode: number, body: Readonly<Record<string, string>>): APIGatewayProxyStructuredResultV2 {
    return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
