import type { Service } from "../../host/service";
import { streams } from "../streams/service";
import { HeldClaims, StoredClaims } from "./claims";
import { DynamoDb } from "./dynamodb";
import type { Faults } from "./faults";
import { openEngine } from "./open-engine";
import { dynamoDbBehaviours } from "./resources";

export interface DynamoDbSettings {
    /** Another DynamoDB than the embedded one, for example `http://127.0.0.1:8000`. */
    readonly endpoint?: string | undefined;
    /** Errors to answer with instead of carrying an operation out, for tests. */
    readonly faults?: Faults;
}

export const dynamoDb: Service<"dynamoDb", DynamoDb, DynamoDbSettings> = {
    name: "dynamoDb",
    async start({ authorize, clock, log, use }, { endpoint, faults }) {
        const engine = openEngine(endpoint, clock);
        const tables = new DynamoDb({ engine, authorize, clock, log, faults, streams: await use(streams) });
        const claims =
            endpoint === undefined || endpoint === "" ? new HeldClaims() : new StoredClaims(tables, endpoint);
        return {
            api: tables,
            endpoint: tables.service,
            resources: dynamoDbBehaviours(tables, claims, log),
            release: () => tables.close(),
        };
    },
};
