import type { Access } from "./access";
import type { AccessLogSink } from "./access-log";
import type { ApiCatalog } from "./api-catalog";
import type { FunctionCalls } from "./function-calls";
import type { Integrations } from "./integrations";
import type { GatewayLimits } from "./limits";
import type { Throttles } from "./throttles";

/** What the routes of a connection's life share. */
export interface RouteDependencies {
    readonly catalog: ApiCatalog;
    readonly functions: FunctionCalls;
    readonly integrations: Integrations;
    readonly access: Access;
    readonly throttles: Throttles;
    readonly limits: GatewayLimits;
    readonly clock: () => number;
    /** For people: what a client is not told. */
    readonly log: (line: string) => void;
    readonly accessLog: AccessLogSink;
}
