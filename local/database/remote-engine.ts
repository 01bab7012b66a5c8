import { Pool } from "undici";
import { REGION } from "../aws/account";
import { AwsError } from "../aws/aws-error";
import type { AwsCredentials } from "../signing/credentials";
import { signedHeaders } from "../signing/sigv4-signing";
import type { DynamoDbEngine, ItemAddress, ItemChange, Json, WriteOperation, WriteResult } from "./engine";
import { isObject, type Item, keyString } from "./item";

/** BatchGetItem's own limit. */
const MAX_BATCH_GET = 100;

export interface RemoteEngineOptions {
    /** For example `http://127.0.0.1:8000`. */
    readonly endpoint: string;
    /** Defaults to a dummy, which every DynamoDB for development accepts. */
    readonly credentials?: AwsCredentials;
    /** Defaults to the local cloud's Region. */
    readonly region?: string;
    readonly clock: () => number;
}

/**
 * Another DynamoDB, over HTTP, in the embedded engine's place. It has transactions and conditions of its own; images
 * are read before and after each write that needs them, which the items' locks make safe as long as nobody else writes
 * to the tables.
 */
export class RemoteEngine implements DynamoDbEngine {
    readonly #pool: Pool;
    readonly #url: URL;

    constructor(private readonly options: RemoteEngineOptions) {
        this.#url = new URL(options.endpoint);
        this.#pool = new Pool(this.#url.origin, { connections: 64 });
    }

    async request(operation: string, input: Json): Promise<Json> {
        const body = Buffer.from(JSON.stringify(input));
        const path = this.#url.pathname;
        const headers = {
            host: this.#url.host,
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": `DynamoDB_20120810.${operation}`,
        };
        const {
            credentials = { accessKeyId: "local", secretAccessKey: "local" },
            region = REGION,
            clock,
        } = this.options;
        const scope = { region, service: "dynamodb" };
        const signed = signedHeaders({ method: "POST", url: path, headers, body }, credentials, scope, clock());
        const { status, text } = await this.#post({ path, headers: signed, body });
        const output: unknown = text === "" ? {} : JSON.parse(text);
        if (status !== 200) {
            throw errorOf(output, status);
        }
        return isObject(output) ? output : {};
    }

    async write(
        operation: WriteOperation,
        input: Json,
        items: readonly ItemAddress[],
        images: boolean,
    ): Promise<WriteResult> {
        if (!images) {
            return { output: await this.request(operation, input), changes: [] };
        }
        const before = await this.#readAll(items);
        const output = await this.request(operation, input);
        const after = await this.#readAll(items);
        const changes: ItemChange[] = items.map((item, at) => ({ ...item, oldImage: before[at], newImage: after[at] }));
        return { output, changes };
    }

    async close(): Promise<void> {
        await this.#pool.close();
    }

    async #post(request: {
        path: string;
        headers: Record<string, string>;
        body: Buffer;
    }): Promise<{ status: number; text: string }> {
        try {
            const { statusCode, body } = await this.#pool.request({ method: "POST", ...request });
            return { status: statusCode, text: await body.text() };
        } catch (error) {
            throw new Error(`no DynamoDB answers at ${this.#url.href}`, { cause: error });
        }
    }

    /** The items as they are now, in the order of their addresses. */
    async #readAll(items: readonly ItemAddress[]): Promise<readonly (Item | undefined)[]> {
        const found = new Map<string, Item>();
        for (let start = 0; start < items.length; start += MAX_BATCH_GET) {
            const page = items.slice(start, start + MAX_BATCH_GET);
            let requests: Json = keysByTable(page);
            while (Object.keys(requests).length > 0) {
                const { Responses, UnprocessedKeys } = await this.request("BatchGetItem", { RequestItems: requests });
                for (const [table, list] of Object.entries(isObject(Responses) ? Responses : {})) {
                    const keyNames = Object.keys(page.find((item) => item.table === table)?.key ?? {});
                    for (const item of Array.isArray(list) ? (list as Item[]) : []) {
                        found.set(`${table}/${keyString(item, keyNames) ?? ""}`, item);
                    }
                }
                requests = isObject(UnprocessedKeys) ? UnprocessedKeys : {};
            }
        }
        return items.map(({ table, key }) => found.get(`${table}/${keyString(key, Object.keys(key)) ?? ""}`));
    }
}

function keysByTable(items: readonly ItemAddress[]): Record<string, { Keys: Item[]; ConsistentRead: true }> {
    const tables: Record<string, { Keys: Item[]; ConsistentRead: true }> = {};
    for (const { table, key } of items) {
        (tables[table] ??= { Keys: [], ConsistentRead: true }).Keys.push(key);
    }
    return tables;
}

function errorOf(output: unknown, status: number): AwsError {
    const { __type: type, message, Message, ...details } = isObject(output) ? output : {};
    const code = typeof type === "string" ? type.slice(type.indexOf("#") + 1) : "InternalServerError";
    const text = message ?? Message;
    return new AwsError(code, typeof text === "string" ? text : "", status, details);
}
