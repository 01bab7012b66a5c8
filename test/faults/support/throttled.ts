import { AwsError } from "../../../local/aws/aws-error";

/** What DynamoDB answers when a table, a partition or an account has no capacity left. */
export function throttled(): AwsError {
    return new AwsError(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded.",
    );
}
