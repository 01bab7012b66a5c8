import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { HandleDelivery } from "../deliveries/deliverer";
import type { Log } from "../runtime/log";

/**
 * Works off messages of the delivery queue. One that fails is reported alone, and comes back when it becomes visible
 * again; the others of the batch are done.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function createDeliverHandler(handle: HandleDelivery, log: Log): (event: SQSEvent) => Promise<SQSBatchResponse> {
    return async ({ Records }) => {
        const outcomes = await Promise.all(
            Records.map(async ({ messageId, body }) => {
                try {
                    await handle(body);
                    return [];
                } catch (error) {
                    log.error("A delivery failed, and will be repeated", { messageId, error });
                    return [{ itemIdentifier: messageId }];
                }
            }),
        );
        return { batchItemFailures: outcomes.flat() };
    };
}
