import type { Authorize } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import { constraintText, NOT_NULL } from "../../aws/constraint";
import { type JsonCall, type JsonInput, jsonService } from "../../edge/json-service";
import type { EdgeService } from "../../edge/service";
import { ACCOUNT_ID, REGION } from "../../aws/account";
import { sequenceNumber, type StreamLog } from "./stream-log";
import type { StreamRegistry } from "./stream-registry";
import type { StreamPosition, StreamRecord } from "./table-streams";

const ITERATOR_LIFE_MS = 15 * 60_000;
const MAX_RECORDS = 1000;
const MAX_RESPONSE_BYTES = 1024 * 1024;

export interface StreamsApiOptions {
    readonly streams: StreamRegistry;
    readonly authorize: Authorize;
    readonly clock: () => number;
}

/** The DynamoDB Streams API at the edge: one open shard per stream. */
export function streamsService(options: StreamsApiOptions): EdgeService {
    return jsonService({
        name: "dynamodbstreams",
        targetPrefix: "DynamoDBStreams_20120810",
        version: "1.0",
        errorNamespace: "com.amazonaws.dynamodb.v20120810",
        checksum: true,
        operations: {
            ListStreams: (input, call) => listStreams(options, input, call),
            DescribeStream: (input, call) => describeStream(options, input, call),
            GetShardIterator: (input, call) => getShardIterator(options, input, call),
            GetRecords: (input, call) => getRecords(options, input, call),
        },
    });
}

function listStreams({ streams, authorize }: StreamsApiOptions, input: JsonInput, { principal }: JsonCall): unknown {
    const table = input.TableName;
    const of = typeof table === "string" ? table : "*";
    const resource = `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${of}/stream/*`;
    authorize({ principal, action: "dynamodb:ListStreams", resource, context: {} });
    const limit = limitOf(input, 100);
    const all = streams.list().filter(({ tableName }) => of === "*" || tableName === of);
    const start = input.ExclusiveStartStreamArn;
    const from = start === undefined ? 0 : all.findIndex(({ arn }) => arn === start) + 1;
    const page = all.slice(from, from + limit);
    const last = from + limit < all.length ? page.at(-1) : undefined;
    return {
        Streams: page.map(({ arn, tableName, label }) => ({
            StreamArn: arn,
            TableName: tableName,
            StreamLabel: label,
        })),
        ...(last === undefined ? {} : { LastEvaluatedStreamArn: last.arn }),
    };
}

function describeStream({ streams, authorize }: StreamsApiOptions, input: JsonInput, { principal }: JsonCall): unknown {
    const arn = streamArnOf(input);
    authorize({ principal, action: "dynamodb:DescribeStream", resource: arn, context: {} });
    const log = streams.get(arn);
    const range = {
        StartingSequenceNumber: sequenceNumber(log.oldest),
        ...(log.disabledAt === undefined
            ? {}
            : { EndingSequenceNumber: sequenceNumber(Math.max(log.oldest, log.next - 1)) }),
    };
    const shard = { ShardId: log.shardId, SequenceNumberRange: range };
    return {
        StreamDescription: {
            StreamArn: log.arn,
            StreamLabel: log.label,
            StreamStatus: log.disabledAt === undefined ? "ENABLED" : "DISABLED",
            StreamViewType: log.viewType,
            CreationRequestDateTime: log.createdAt / 1000,
            TableName: log.tableName,
            KeySchema: log.keyNames.map((AttributeName, at) => ({
                AttributeName,
                KeyType: at === 0 ? "HASH" : "RANGE",
            })),
            Shards: input.ExclusiveStartShardId === log.shardId ? [] : [shard],
        },
    };
}

function getShardIterator(options: StreamsApiOptions, input: JsonInput, { principal }: JsonCall): unknown {
    const arn = streamArnOf(input);
    options.authorize({ principal, action: "dynamodb:GetShardIterator", resource: arn, context: {} });
    const log = options.streams.get(arn);
    if (input.ShardId !== log.shardId) {
        const text = `Requested resource not found: Shard ${String(input.ShardId)} in Stream ${arn} not found`;
        throw new AwsError("ResourceNotFoundException", text);
    }
    return { ShardIterator: iterator(log, log.positionOf(startOf(input)), options.clock()) };
}

function getRecords(
    { streams, authorize, clock }: StreamsApiOptions,
    input: JsonInput,
    { principal }: JsonCall,
): unknown {
    const { arn, position, issuedAt } = parseIterator(input.ShardIterator);
    authorize({ principal, action: "dynamodb:GetRecords", resource: arn, context: {} });
    const log = streams.get(arn);
    if (clock() - issuedAt > ITERATOR_LIFE_MS) {
        const text = "The shard iterator has expired: an iterator is valid for 15 minutes.";
        throw new AwsError("ExpiredIteratorException", text);
    }
    const records = withinBytes(log.read(position, limitOf(input, MAX_RECORDS)));
    const next = position + records.length;
    const ended = log.disabledAt !== undefined && next >= log.next;
    return {
        Records: records.map(wireRecord),
        ...(ended ? {} : { NextShardIterator: iterator(log, next, clock()) }),
    };
}

function streamArnOf(input: JsonInput): string {
    if (typeof input.StreamArn !== "string") {
        throw new AwsError("ValidationException", constraintText("null", "streamArn", NOT_NULL));
    }
    return input.StreamArn;
}

function startOf(input: JsonInput): StreamPosition {
    const { ShardIteratorType: type, SequenceNumber: given } = input;
    if (type === "TRIM_HORIZON" || type === "LATEST") {
        return { type };
    }
    if ((type === "AT_SEQUENCE_NUMBER" || type === "AFTER_SEQUENCE_NUMBER") && typeof given === "string") {
        return { type, sequenceNumber: given };
    }
    const text =
        "ShardIteratorType must be TRIM_HORIZON or LATEST, " +
        "or AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER with a SequenceNumber";
    throw new AwsError("ValidationException", text);
}

function limitOf(input: JsonInput, max: number): number {
    const limit = input.Limit ?? max;
    if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > max) {
        const constraint = `Member must have value between 1 and ${max}`;
        throw new AwsError("ValidationException", constraintText(`'${JSON.stringify(limit)}'`, "limit", constraint));
    }
    return limit;
}

function iterator(log: StreamLog, position: number, now: number): string {
    return `${log.arn}|1|${Buffer.from(JSON.stringify([position, now])).toString("base64")}`;
}

function parseIterator(text: unknown): { arn: string; position: number; issuedAt: number } {
    const [arn, version, place] = typeof text === "string" ? text.split("|") : [];
    if (arn !== undefined && version === "1" && place !== undefined) {
        try {
            const parsed: unknown = JSON.parse(Buffer.from(place, "base64").toString());
            if (Array.isArray(parsed) && Number.isInteger(parsed[0]) && Number.isFinite(parsed[1])) {
                const [position, issuedAt] = parsed as [number, number];
                return { arn, position, issuedAt };
            }
        } catch {
            // Answered below, as any other text that is no iterator.
        }
    }
    throw new AwsError("ValidationException", "Invalid ShardIterator");
}

/** As many of the records as fit into 1 MB, at least one. */
function withinBytes(records: readonly StreamRecord[]): readonly StreamRecord[] {
    let bytes = 0;
    const end = records.findIndex(({ dynamodb }) => (bytes += dynamodb.SizeBytes) > MAX_RESPONSE_BYTES);
    return end < 0 ? records : records.slice(0, Math.max(1, end));
}

/** The API writes the identity's members in upper case, Lambda and pipes in lower case. */
function wireRecord(record: StreamRecord): unknown {
    const { eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb, userIdentity } = record;
    const wire = { eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb };
    return userIdentity === undefined
        ? wire
        : { ...wire, userIdentity: { Type: userIdentity.type, PrincipalId: userIdentity.principalId } };
}
