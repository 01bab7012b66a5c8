import type { Access } from "../../../signing/access";
import type { AccessLogSink } from "../events/access-log";
import type { ApiCatalog } from "../definition/api-catalog";
import type { FunctionCalls } from "../integrations/function-calls";
import type { Integrations } from "../integrations/integrations";
import type { GatewayLimits } from "../throttling/limits";
import type { Throttles } from "../throttling/throttles";

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
