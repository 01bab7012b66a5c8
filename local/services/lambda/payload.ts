import { AwsError } from "../../aws/aws-error";
import type { Outcome } from "./sandbox/sandbox";

type InvocationType = "Event" | "RequestResponse";

/** Bytes. */
const LIMITS: Readonly<Record<InvocationType, number>> = { Event: 1_048_576, RequestResponse: 6_291_456 };
const MAX_RESPONSE_BYTES = 6_291_556;

/** @throws AwsError RequestEntityTooLargeException for a payload over what the kind of invocation takes. */
export function requireSize(payload: string, type: InvocationType): void {
    const limit = LIMITS[type];
    const bytes = Buffer.byteLength(payload);
    if (bytes > limit) {
        const text = `${bytes} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
        throw new AwsError("RequestEntityTooLargeException", text, 413, { Type: "User" });
    }
}

/** The outcome, or Lambda's error where the response is over 6 MB. */
export function limited(outcome: Outcome): Outcome {
    if (!outcome.ok || Buffer.byteLength(outcome.payload) <= MAX_RESPONSE_BYTES) {
        return outcome;
    }
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
    return { ok: false, error: { errorType: "Function.ResponseSizeTooLarge", errorMessage, trace: [] } };
}
