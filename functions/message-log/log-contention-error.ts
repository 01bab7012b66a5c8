/**
 * Thrown when others got in first every time, or DynamoDB was throttled for as long. Nothing is lost by trying later.
 */
export class LogContentionError extends Error {
    override readonly name = "LogContentionError";
    readonly code = "log_contention";

    constructor(channel: string, attempts: number, options?: ErrorOptions) {
        super(`The log of ${channel} could not be written in ${attempts} attempts.`, options);
    }
}
