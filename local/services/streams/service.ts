import type { Service } from "../../host/service";
import { streamsService } from "./operations";
import { StreamRegistry } from "./stream-registry";

/** The streams of tables: DynamoDB writes them; pipes, event source mappings and SDKs read them. */
export const streams: Service<"streams", StreamRegistry> = {
    name: "streams",
    start({ authorize, clock }) {
        const registry = new StreamRegistry({ authorize, clock });
        return { api: registry, endpoint: streamsService({ streams: registry, authorize, clock }) };
    },
};
