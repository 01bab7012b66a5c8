/** API Gateway closes a connection after 2 hours, whatever its traffic. */
export const CONNECTION_LIFETIME_SECONDS = 2 * 60 * 60;

/** Between two pings of a client: well below the ten minutes after which API Gateway closes an idle connection. */
export const PING_SECONDS = 240;

/** The gateway takes frames of 32 KB and messages of 128 KB from a client; ours are commands, and small. */
export const MAX_CLIENT_FRAME_BYTES = 8 * 1024;

/** API Gateway's limit for one message, to clients too: an `@connections` POST with more is answered with 413. */
export const MAX_SERVER_FRAME_BYTES = 128 * 1024;

/** Of the `id` by which a client finds the answer to its frame. */
export const MAX_FRAME_ID_LENGTH = 128;

export const MAX_EPOCH_LENGTH = 64;

/** API Gateway's connection ids have 16 characters. */
export const MAX_CONNECTION_ID_LENGTH = 128;

export const MAX_NAMESPACE_LENGTH = 64;

/**
 * Room for a user's id of 300 characters of any script, each of which takes up to 12: four bytes of UTF-8, encoded. A
 * frame that subscribes to such a channel fits into `MAX_CLIENT_FRAME_BYTES`; keys of tables hold a digest of it.
 */
export const MAX_CHANNEL_LENGTH = 4_000;

export const MAX_CHANNEL_SEGMENTS = 16;

/** EventBridge's limit for a detail type, which is an event's name. */
export const MAX_EVENT_LENGTH = 128;

export const MAX_CHANNELS_PER_MESSAGE = 100;

/** They go to the deliverers next to a frame of up to 128 KB, in one of the queue's 256 KiB. */
export const MAX_EXCEPTIONS = 100;

/** Of a message's id. */
export const MAX_MESSAGE_ID_LENGTH = 256;

/** A record's number in a table's stream has 21 to 40 digits. */
export const MAX_SEQUENCE_DIGITS = 40;

/** 30 days. */
export const MAX_HISTORY_SECONDS = 30 * 24 * 60 * 60;

/** In each channel. */
export const MAX_HISTORY_MESSAGES = 10_000;

/**
 * The periods, in days, after which CloudWatch Logs can delete an entry.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
export const LOG_RETENTION_DAYS: readonly number[] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
