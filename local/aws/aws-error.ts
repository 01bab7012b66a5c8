/**
 * An error that an AWS service answers with: the code clients test for (`error.name` in SDK v3), the text, and the
 * HTTP status. Each protocol writes it in its own shape.
 */
export class AwsError extends Error {
    override readonly name = "AwsError";

    constructor(
        readonly code: string,
        message: string,
        readonly status = 400,
        /** Further members of the error body, such as `Item` or `CancellationReasons`. */
        readonly details: Readonly<Record<string, unknown>> = {},
    ) {
        super(message);
    }
}
