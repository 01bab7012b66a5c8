import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ConstructRequest, GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { ConstructResponse, GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Engine, RegistrationRequest } from "../../../local/program/monitor";
import { MonitorServer } from "../../../local/program/monitor";
import { platformOutputs } from "../../policy/support/our-stacks";
import { mockOutputs } from "../../support/mock-outputs";
import { answer } from "../../support/grpc-answer";

type ConstructInputs = Parameters<typeof Struct.fromJavaScript>[0];

/** A package of components, hosted by the SDK's own `cmd/run-plugin` as the engine would, with a recorder as engine. */
export class PluginHost {
    private constructor(
        private readonly engine: MonitorServer,
        private readonly child: ChildProcessWithoutNullStreams,
        private readonly client: ResourceProviderClient,
        private readonly requests: RegistrationRequest[],
    ) {}

    /**
     * @param directory the one with `PulumiPlugin.yaml`
     * @param modules the `node_modules` with the SDK to host it
     * @param nodeOptions options of Node.js for the plugin's process
     * @throws Error with what the plugin printed, when it ends before it serves
     */
    static async start(directory: string, modules: string, nodeOptions: readonly string[] = []): Promise<PluginHost> {
        const requests: RegistrationRequest[] = [];
        const engine = await MonitorServer.start(recordInto(requests), directory);
        const runner = path.join(modules, "@pulumi/pulumi/cmd/run-plugin");
        const child = spawn(process.execPath, [...nodeOptions, runner, directory, engine.address], {
            cwd: directory,
            env: { ...process.env, NODE_OPTIONS: "" },
        });
        try {
            const client = new ResourceProviderClient(await addressOf(child), grpc.credentials.createInsecure());
            return new PluginHost(engine, child, client, requests);
        } catch (error) {
            await engine.close();
            throw error;
        }
    }

    /** What was registered since it was last forgotten. */
    get registered(): readonly RegistrationRequest[] {
        return this.requests;
    }

    forget(): void {
        this.requests.length = 0;
    }

    async schema(): Promise<unknown> {
        const response = await answer<GetSchemaResponse>((callback) => {
            this.client.getSchema(new GetSchemaRequest(), callback);
        });
        return JSON.parse(response.getSchema()) as unknown;
    }

    async construct(component: string, name: string, inputs: ConstructInputs): Promise<ConstructResponse> {
        const request = new ConstructRequest();
        request.setOrganization("organization");
        request.setProject("their-service");
        request.setStack("dev");
        request.setType(`push-gateway:index:${component}`);
        request.setName(name);
        request.setInputs(Struct.fromJavaScript(inputs));
        request.setMonitorendpoint(this.engine.address);
        request.setParallel(16);
        return answer((callback) => {
            this.client.construct(request, callback);
        });
    }

    async close(): Promise<void> {
        this.client.close();
        const ended = once(this.child, "exit");
        this.child.kill();
        await ended;
        await this.engine.close();
    }
}

/** The plugin prints its port once it serves. */
async function addressOf(child: ChildProcessWithoutNullStreams): Promise<string> {
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
    });
    const ended = once(child, "close").then(() => {
        throw new Error(`The plugin ended before it served: ${stderr}`);
    });
    const [port] = (await Promise.race([once(readline.createInterface(child.stdout), "line"), ended])) as [string];
    return `127.0.0.1:${port}`;
}

/** An engine that creates everything that it is asked for, as the mocks would, and knows the platform's stack. */
function recordInto(requests: RegistrationRequest[]): Engine {
    return {
        register: (request) => {
            requests.push(request);
            const { type, name, custom, inputs } = request;
            const urn = `urn:pulumi:dev::their-service::${type}::${name}`;
            const outputs = custom ? { ...inputs, ...mockOutputs(type, name, inputs) } : {};
            return Promise.resolve({ urn, id: custom ? `${name}-id` : "", outputs });
        },
        registerOutputs: () => undefined,
        read: async ({ type, name, id, inputs }) => {
            if (type !== "pulumi:pulumi:StackReference") {
                throw new Error(`Nothing but stacks is read here, and ${name} is a ${type}`);
            }
            const outputs = { ...inputs, name: id, outputs: await platformOutputs(), secretOutputNames: [] };
            return { urn: `urn:pulumi:dev::their-service::${type}::${name}`, id, outputs };
        },
        invoke: () => ({}),
        log: () => undefined,
    };
}
