import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import { StreamLog } from "./stream-log";
import type { StreamCursor, StreamPosition, StreamRecord, StreamViewType, TableStreams } from "./table-streams";

const VIEW_TYPES: ReadonlySet<unknown> = new Set(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]);

export interface StreamRegistryOptions {
    readonly authorize: Authorize;
    readonly clock: () => number;
    /** Records kept per stream. Defaults to 200,000. */
    readonly maxRecords?: number;
}

/** Every stream there is or was in the last 24 hours: a table has at most one that is enabled. */
export class StreamRegistry implements TableStreams {
    readonly #logs = new Map<string, StreamLog>();
    #lastLabel = 0;

    constructor(private readonly options: StreamRegistryOptions) {}

    /** A new stream for a table, with a label (and so an ARN) that no stream had before. */
    create(table: { name: string; arn: string; keyNames: readonly string[] }, viewType: StreamViewType): StreamLog {
        const { clock, maxRecords = 200_000 } = this.options;
        this.#lastLabel = Math.max(clock(), this.#lastLabel + 1);
        const label = new Date(this.#lastLabel).toISOString().replace("Z", "");
        const arn = `${table.arn}/stream/${label}`;
        const { name: tableName, keyNames } = table;
        const log = new StreamLog({ arn, label, tableName, keyNames, viewType, clock, maxRecords });
        this.#logs.set(arn, log);
        return log;
    }

    /** Oldest first. */
    list(): readonly StreamLog[] {
        for (const [arn, log] of this.#logs) {
            if (log.expired) {
                this.#logs.delete(arn);
            }
        }
        return [...this.#logs.values()];
    }

    /** Throws ResourceNotFoundException. */
    get(streamArn: string): StreamLog {
        const log = this.#logs.get(streamArn);
        if (log === undefined || log.expired) {
            const text = `Requested resource not found: Stream: ${streamArn} not found`;
            throw new AwsError("ResourceNotFoundException", text);
        }
        return log;
    }

    open(streamArn: string, position: StreamPosition, principal: Principal): StreamCursor {
        const may = (action: string): void => {
            this.options.authorize({ principal, action: `dynamodb:${action}`, resource: streamArn, context: {} });
        };
        // What pipes and Lambda's pollers need, although it is only the reading that they do.
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
        may("ListStreams");
        may("DescribeStream");
        may("GetShardIterator");
        const log = this.get(streamArn);
        return new Cursor(log, log.positionOf(position), () => {
            may("GetRecords");
        });
    }
}

class Cursor implements StreamCursor {
    readonly streamArn: string;
    readonly shardId: string;

    constructor(
        private readonly log: StreamLog,
        private position: number,
        private readonly authorizeRead: () => void,
    ) {
        this.streamArn = log.arn;
        this.shardId = log.shardId;
    }

    read(limit: number): readonly StreamRecord[] {
        this.authorizeRead();
        const records = this.log.read(this.position, limit);
        this.position += records.length;
        return records;
    }

    wait(signal?: AbortSignal): Promise<void> {
        return this.log.wait(this.position, signal);
    }

    get ended(): boolean {
        return this.log.disabledAt !== undefined && this.position >= this.log.next;
    }
}

export function isViewType(value: unknown): value is StreamViewType {
    return VIEW_TYPES.has(value);
}
