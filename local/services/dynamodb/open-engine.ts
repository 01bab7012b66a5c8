import { EmbeddedEngine } from "../../database/embedded/embedded-engine";
import type { DynamoDbEngine } from "../../database/engine";
import { RemoteEngine } from "../../database/remote-engine";

/**
 * The engine that the environment asks for: the embedded one, or the DynamoDB at an endpoint.
 *
 * @param endpoint The value of LOCAL_DYNAMODB_ENDPOINT; undefined or empty for the embedded engine. Throws an `Error`
 * whose message says what is wrong with it.
 * @param clock Epoch milliseconds.
 */
export function openEngine(endpoint: string | undefined, clock: () => number): DynamoDbEngine {
    if (endpoint === undefined || endpoint === "") {
        return new EmbeddedEngine(clock);
    }
    if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : "")) {
        throw new Error(`LOCAL_DYNAMODB_ENDPOINT is "${endpoint}": it must be a URL such as http://127.0.0.1:8000`);
    }
    return new RemoteEngine({ endpoint, clock });
}
