import { ACCOUNT_ID, REGION } from "../../aws/account";
import { AwsError } from "../../aws/aws-error";

/**
 * The name in any form in which a function may be given: name, ARN, partial ARN, each with `:$LATEST` or without.
 *
 * @throws AwsError InvalidParameterValueException for another qualifier, as the local cloud has neither versions nor
 *         aliases; ResourceNotFoundException for another account or Region.
 */
export function functionName(nameOrArn: string): string {
    const match = /^(?:arn:aws:lambda:([^:]*):(\d{12}):function:|(?:\d{12}:)?function:)?([\w-]+)(?::(.+))?$/.exec(
        nameOrArn,
    );
    const [, region = REGION, account = ACCOUNT_ID, name, qualifier = "$LATEST"] = match ?? [];
    if (name === undefined) {
        throw new AwsError(
            "ValidationException",
            `1 validation error detected: Value '${nameOrArn}' at 'functionName' failed to satisfy constraint`,
        );
    }
    if (qualifier !== "$LATEST") {
        throw unservedQualifier(qualifier);
    }
    if (region !== REGION || account !== ACCOUNT_ID) {
        throw new AwsError("ResourceNotFoundException", `Function not found: ${nameOrArn}`, 404, { Type: "User" });
    }
    return name;
}

export function unservedQualifier(qualifier: string): AwsError {
    return new AwsError(
        "InvalidParameterValueException",
        `The local cloud serves $LATEST only, neither versions nor aliases: ${qualifier}`,
    );
}
