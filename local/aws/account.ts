/** The one account and Region that the local cloud plays. */
export const ACCOUNT_ID = "000000000000";
export const REGION = "us-east-1";

/** An ARN in the local account, for example `arn("sqs", "my-queue")`. */
export function arn(service: string, resource: string): string {
    return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
}
