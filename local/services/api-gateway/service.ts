import type { Service } from "../../host/service";
import type { Time } from "../../time/timers";
import { lambda } from "../lambda/service";
import type { ConnectionFaults } from "./connection-faults";
import { ApiCatalog } from "./definition/api-catalog";
import { Gateway } from "./gateway";
import { apiGatewayBehaviours } from "./resources";
import type { LostDisconnects } from "./routes/lost-disconnects";
import type { GatewayLimits } from "./throttling/limits";

export interface ApiGatewaySettings {
    /** Changes to AWS's quotas. The account's throttles are what a large local fan-out has to raise. */
    readonly limits?: Partial<GatewayLimits>;
    /** What connections' lives are measured by, for tests that cannot wait for hours. */
    readonly time?: Time;
    /** Failures of posts to inject, for tests. */
    readonly connections?: ConnectionFaults;
    /** Ends that nobody is told of, for tests. */
    readonly disconnects?: LostDisconnects;
}

export const apiGateway: Service<"apiGateway", ApiCatalog, ApiGatewaySettings> = {
    name: "apiGateway",
    async start({ http, authenticate, authorize, log, crashes, use }, { limits, time, connections, disconnects }) {
        const catalog = new ApiCatalog();
        new Gateway({
            server: http,
            catalog,
            invoker: await use(lambda),
            authenticate,
            authorize,
            log,
            accessLog: (_destination, line) => {
                log(`access: ${line}`);
            },
            limits,
            faults: connections,
            lostDisconnects: disconnects,
            crashes,
            ...time,
        });
        return { api: catalog, resources: apiGatewayBehaviours({ catalog, host: () => http.host }) };
    },
};
