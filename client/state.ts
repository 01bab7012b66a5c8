import { fullJitter, type BackoffOptions } from "./backoff.js";

/**
 * - `idle`: `connect` has not been called yet;
 * - `connecting`: a token is fetched, a socket opened, or its welcome awaited;
 * - `connected`: messages flow;
 * - `waiting`: the connection was lost, or could not be made; the next attempt comes after `retryInMs`;
 * - `refused`: as `waiting`, but no socket has opened several times in a row. The token or the origin may not be
 *   accepted, or the network may be down: browsers do not tell scripts which. Attempts go on;
 * - `closed`: nothing happens any more until `connect` is called again.
 */
export type Status = "idle" | "connecting" | "connected" | "waiting" | "refused" | "closed";

/** Why the state is what it is. A closed list, for programs; `reason` is for people. */
export type StateCode =
    | "created"
    | "connect_called"
    | "retry"
    | "welcome"
    | "rotated"
    | "handshake_failed"
    | "connect_timeout"
    | "connection_lost"
    | "pong_timeout"
    | "hello_refused"
    | "not_registered"
    | "expired"
    | "token_failed"
    | "signed_out"
    | "invalid"
    | "fatal_close"
    | "close_called";

export interface State {
    readonly status: Status;
    readonly code: StateCode;
    /** What happened, in English. Never holds a token, or the text of a page. */
    readonly reason: string;
    /** What was thrown, where that led here: by your token provider, for example. It may hold anything. */
    readonly cause?: unknown;
    /** The WebSocket close code, where a close led here. */
    readonly closeCode?: number;
    /** How long until the next attempt, in milliseconds, while `waiting` or `refused`. */
    readonly retryInMs?: number;
}

/** How a connection ended. */
export interface ConnectionEnd {
    readonly code: StateCode;
    readonly reason: string;
    readonly cause?: unknown;
    readonly closeCode?: number;
    /** Whether another attempt would end the same way. */
    readonly isFatal: boolean;
    /** Whether the server turned the handshake down, where that can be told. */
    readonly isRefusal?: boolean;
}

/** Counts of what went wrong since it last went right. */
export interface Failures {
    readonly attempts: number;
    readonly handshakes: number;
}

export const NO_FAILURES: Failures = { attempts: 0, handshakes: 0 };

export interface RetryOptions extends BackoffOptions {
    /** Handshakes that fail in a row until the status is `refused`. */
    readonly refusedAfter: number;
}

/**
 * What a close of the socket means. 4400 to 4499 say that we did something wrong, which trying again does not mend; all
 * else (1000 to 1012 by the gateway, 1006 by the network) is retried.
 */
export function endOfSocket(closeCode: number, closeReason: string, wasOpen: boolean, error: string): ConnectionEnd {
    const isFatal = closeCode >= 4400 && closeCode < 4500;
    const code = isFatal ? "fatal_close" : wasOpen ? "connection_lost" : "handshake_failed";
    const detail = [closeReason, error].filter((part) => part !== "").join(": ");
    return {
        code,
        reason: `Closed with ${closeCode}${detail === "" ? "" : `, ${detail}`}`,
        closeCode,
        isFatal,
        isRefusal: /\b40[13]\b/.test(error),
    };
}

/**
 * What API Gateway closes with when one client sends too many requests.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
 */
const TOO_MANY_REQUESTS = 1008;
/** The back-off then begins where others are after so many attempts. */
const ATTEMPTS_OF_TOO_MANY = 4;

/** What to do after an end: the state to be in, and the failures counted so far. */
export function afterEnd(
    end: ConnectionEnd,
    failures: Failures,
    options: RetryOptions,
    random: () => number,
): { readonly state: State; readonly failures: Failures } {
    const { code, reason, cause, closeCode } = end;
    const facts = {
        code,
        reason,
        ...(cause === undefined ? {} : { cause }),
        ...(closeCode === undefined ? {} : { closeCode }),
    };
    if (end.isFatal) {
        return { state: { status: "closed", ...facts }, failures: NO_FAILURES };
    }
    const isHandshake = code === "handshake_failed";
    const handshakes = isHandshake ? failures.handshakes + 1 : failures.handshakes;
    const isRefused = end.isRefusal === true || (isHandshake && handshakes >= options.refusedAfter);
    const attempts = Math.max(failures.attempts, closeCode === TOO_MANY_REQUESTS ? ATTEMPTS_OF_TOO_MANY : 0);
    return {
        state: {
            status: isRefused ? "refused" : "waiting",
            ...facts,
            retryInMs: fullJitter(attempts, options, random),
        },
        failures: { attempts: attempts + 1, handshakes },
    };
}

/** API Gateway closes every connection after 2 hours. */
const MAX_LIFETIME_MS = 2 * 60 * 60 * 1000;
/** However short a token lives, connections are not replaced more often than this. */
const MIN_ROTATION_MS = 30_000;
/** Assumed where a connection does not say how long it lasts, or was over when it was made: then a clock is wrong. */
const UNKNOWN_LIFETIME_MS = 5 * 60 * 1000;

/**
 * When to replace a connection that lasts so many more milliseconds, in milliseconds from now: at a random moment of the
 * last fifth of its life, but before the last twentieth, so that clients which came together do not all rotate together.
 */
export function rotationDelay(left: number, random: () => number): number {
    const lifetime = left > 0 && left < Infinity ? Math.min(left, MAX_LIFETIME_MS) : UNKNOWN_LIFETIME_MS;
    return Math.max(MIN_ROTATION_MS, lifetime * (0.8 + 0.15 * random()));
}
