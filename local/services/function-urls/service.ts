import type { Service } from "../../host/service";
import { lambda } from "../lambda/service";
import { FunctionUrls } from "./function-urls";
import { FunctionUrlRegistry } from "./registry";
import { functionUrlBehaviours } from "./resources";

export const functionUrls: Service<"functionUrls", FunctionUrlRegistry> = {
    name: "functionUrls",
    async start({ http, httpUrl, authenticate, authorize, clock, log, use }) {
        const functions = await use(lambda);
        const registry = new FunctionUrlRegistry(httpUrl);
        const server = new FunctionUrls({
            lookup: (urlId) => registry.find(urlId),
            invoker: functions,
            access: { authenticate, authorize },
            host: () => http.host,
            clock,
            log,
        });
        http.mount("_url", server.handle);
        return { api: registry, resources: functionUrlBehaviours(functions, registry) };
    },
};
