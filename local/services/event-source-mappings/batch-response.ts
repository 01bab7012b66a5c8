/**
 * What a function's `batchItemFailures` says: the identifiers that failed, of those it was given. A response that is
 * not of that form, or names something else, fails the whole batch, as in AWS; an empty or missing one fails nothing.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function failedIdentifiers(response: unknown, given: readonly string[]): readonly string[] {
    if (response === null || response === undefined) {
        return [];
    }
    const failures = member(response, "batchItemFailures");
    if (failures === undefined || failures === null) {
        return [];
    }
    if (!Array.isArray(failures)) {
        return given;
    }
    const identifiers = failures.map((failure) => member(failure, "itemIdentifier"));
    return identifiers.every(
        (identifier): identifier is string => typeof identifier === "string" && given.includes(identifier),
    )
        ? identifiers
        : given;
}

function member(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
