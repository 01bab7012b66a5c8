import type { Stage } from "../definition/api-catalog";
import { follow } from "../definition/selection-expression";

/** Takes a line of a stage's access log; the destination is the ARN of a log group. */
export type AccessLogSink = (destinationArn: string, line: string) => void;

/** What is known of a request when it is over: the event's request context, and how it went. */
export interface AccessRecord {
    readonly requestContext: unknown;
    readonly status: number;
    /** The error text that the client got. */
    readonly error?: string | undefined;
    /** Why the integration failed. */
    readonly integrationError?: string | undefined;
    /** Why the authorizer let nobody in. */
    readonly authorizerError?: string | undefined;
    /** Milliseconds in the integration. */
    readonly integrationLatency?: number;
}

/**
 * Writes a request in the format that the stage sets, with its `$context` variables filled in and `-` for those without
 * a value. Nothing happens where the stage has no access log.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
export function writeAccessLog(sink: AccessLogSink, stage: Stage, record: AccessRecord): void {
    const { accessLog } = stage.settings;
    if (accessLog === undefined) {
        return;
    }
    const line = accessLog.format.replace(/\$context\.([\w.]*\w)/g, (_, name: string) => valueOf(name, record));
    sink(accessLog.destinationArn, line);
}

function valueOf(name: string, record: AccessRecord): string {
    const value = ownVariable(name, record) ?? follow(record.requestContext, name.split("."));
    if (value === undefined || value === null) {
        return "-";
    }
    // Formats are mostly JSON, with the variables between quotes.
    return typeof value === "string" ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
}

function ownVariable(name: string, record: AccessRecord): string | number | undefined {
    switch (name) {
        case "status":
            return record.status;
        case "error.message":
            return record.error;
        case "integrationErrorMessage":
        case "integration.error":
            return record.integrationError;
        case "authorizer.error":
            return record.authorizerError;
        case "integrationLatency":
        case "integration.latency":
            return record.integrationLatency;
        default:
            return undefined;
    }
}
