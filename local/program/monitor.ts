import * as grpc from "@grpc/grpc-js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import * as engine from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
    GetRootResourceResponse,
    LogSeverity,
    SetRootResourceResponse,
    RequirePulumiVersionResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import type { LogRequest, SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb";
import * as monitor from "@pulumi/pulumi/proto/resource_grpc_pb";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import {
    ReadResourceResponse,
    RegisterResourceResponse,
    SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type {
    ReadResourceRequest,
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    ResourceInvokeRequest,
    SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Transforms } from "./transforms";
import { decodeProperties, encodeProperties } from "./values";

/** One resource as the program asks for it, with the options that matter to the graph. */
export interface RegistrationRequest {
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    /** False for components and for the stack itself. */
    readonly custom: boolean;
    /** True for a component that a provider plugin would construct. */
    readonly remote: boolean;
    /** `<urn>::<id>` of the provider that the program names; empty where it names none. */
    readonly provider: string;
    /** The version of the provider that the program was written for; empty where it does not say. */
    readonly version: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly protect: boolean;
}

/** A resource that exists already, as the program asks to read it. */
export interface ReadRequest {
    readonly type: string;
    readonly name: string;
    readonly id: string;
    readonly parent: string;
    readonly provider: string;
    readonly version: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly dependencies: readonly string[];
}

export interface RegistrationResult {
    readonly urn: string;
    readonly id: string;
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** What answers the program, in the place of the Pulumi engine. Each may throw: the program then fails with that text. */
export interface Engine {
    register(request: RegistrationRequest): Promise<RegistrationResult>;
    registerOutputs(urn: string, outputs: Readonly<Record<string, unknown>>): void;
    read(request: ReadRequest): Promise<RegistrationResult>;
    invoke(token: string, args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
    log(severity: "debug" | "info" | "warning" | "error", message: string): void;
}

/** The two gRPC services that a Pulumi program talks to, on one free loopback port. */
export class MonitorServer {
    private constructor(
        private readonly server: grpc.Server,
        private readonly calls: Calls,
        private readonly transforms: Transforms,
        readonly address: string,
    ) {}

    static async start(handler: Engine, directory: string): Promise<MonitorServer> {
        // Function bundles travel inside registrations: no limit but the machine's memory.
        const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
        const calls = new Calls();
        const transforms = new Transforms();
        server.addService(monitor.ResourceMonitorService, resourceMonitor({ handler, directory, calls, transforms }));
        server.addService(engine.EngineService, engineService(handler, calls));
        const port = await new Promise<number>((resolve, reject) => {
            server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
                if (error === null) {
                    resolve(bound);
                } else {
                    reject(error);
                }
            });
        });
        return new MonitorServer(server, calls, transforms, `127.0.0.1:${port}`);
    }

    /** Takes no call any more, and waits for those under way. */
    async close(): Promise<void> {
        await this.calls.end();
        this.transforms.close();
        this.server.forceShutdown();
    }
}

/** The calls of one program. */
class Calls {
    private readonly underWay = new Set<Promise<void>>();
    private ended = false;

    /** A method that answers as `answer` does. */
    unary<Request, Response>(answer: (request: Request) => Promise<Response>): grpc.handleUnaryCall<Request, Response> {
        return (call, callback) => {
            // A program that was killed may have left calls in the socket.
            const answering = this.ended ? Promise.reject(new Error("the program has ended")) : answer(call.request);
            const answered = answering
                .then(
                    (response) => {
                        callback(null, response);
                    },
                    (error: unknown) => {
                        callback({
                            code: grpc.status.UNKNOWN,
                            details: error instanceof Error ? error.message : String(error),
                        });
                    },
                )
                .finally(() => this.underWay.delete(answered));
            this.underWay.add(answered);
        };
    }

    async end(): Promise<void> {
        this.ended = true;
        await Promise.all(this.underWay);
    }
}

interface MonitorParts {
    readonly handler: Engine;
    readonly directory: string;
    readonly calls: Calls;
    readonly transforms: Transforms;
}

function resourceMonitor({ handler, directory, calls, transforms }: MonitorParts): grpc.UntypedServiceImplementation {
    return {
        supportsFeature: calls.unary((request: SupportsFeatureRequest) => {
            const response = new SupportsFeatureResponse();
            response.setHassupport(["secrets", "transforms"].includes(request.getId()));
            return Promise.resolve(response);
        }),
        registerResource: calls.unary(async (request: RegisterResourceRequest) => {
            await transforms.apply(request);
            const result = await handler.register({
                type: request.getType(),
                name: request.getName(),
                parent: request.getParent(),
                custom: request.getCustom(),
                remote: request.getRemote(),
                provider: request.getProvider(),
                version: request.getVersion(),
                inputs: await decodeProperties(request.getObject(), directory),
                dependencies: request.getDependenciesList(),
                propertyDependencies: propertyDependencies(request),
                protect: request.getProtect() ?? false,
            });
            transforms.registerForResource(result.urn, request);
            const response = new RegisterResourceResponse();
            response.setUrn(result.urn);
            response.setId(result.id);
            response.setObject(encodeProperties(result.outputs));
            return response;
        }),
        registerStackTransform: calls.unary((callback: Callback) => {
            transforms.registerForStack(callback);
            return Promise.resolve(new Empty());
        }),
        registerResourceOutputs: calls.unary(async (request: RegisterResourceOutputsRequest) => {
            handler.registerOutputs(request.getUrn(), await decodeProperties(request.getOutputs(), directory));
            return new Empty();
        }),
        readResource: calls.unary(async (request: ReadResourceRequest) => {
            const result = await handler.read({
                type: request.getType(),
                name: request.getName(),
                id: request.getId(),
                parent: request.getParent(),
                provider: request.getProvider(),
                version: request.getVersion(),
                inputs: await decodeProperties(request.getProperties(), directory),
                dependencies: request.getDependenciesList(),
            });
            const response = new ReadResourceResponse();
            response.setUrn(result.urn);
            response.setProperties(encodeProperties(result.outputs));
            return response;
        }),
        invoke: calls.unary(async (request: ResourceInvokeRequest) => {
            const response = new InvokeResponse();
            response.setReturn(
                encodeProperties(
                    handler.invoke(request.getTok(), await decodeProperties(request.getArgs(), directory)),
                ),
            );
            return response;
        }),
        signalAndWaitForShutdown: calls.unary(() => Promise.resolve(new Empty())),
    };
}

function propertyDependencies(request: RegisterResourceRequest): Record<string, readonly string[]> {
    const dependencies: Record<string, readonly string[]> = {};
    request.getPropertydependenciesMap().forEach((value, key) => {
        dependencies[key] = value.getUrnsList();
    });
    return dependencies;
}

function engineService(handler: Engine, calls: Calls): grpc.UntypedServiceImplementation {
    let root = "";
    return {
        log: calls.unary((request: LogRequest) => {
            handler.log(severityName(request.getSeverity()), request.getMessage());
            return Promise.resolve(new Empty());
        }),
        getRootResource: calls.unary(() => {
            const response = new GetRootResourceResponse();
            response.setUrn(root);
            return Promise.resolve(response);
        }),
        setRootResource: calls.unary((request: SetRootResourceRequest) => {
            root = request.getUrn();
            return Promise.resolve(new SetRootResourceResponse());
        }),
        requirePulumiVersion: calls.unary(() => Promise.resolve(new RequirePulumiVersionResponse())),
    };
}

function severityName(severity: LogSeverity): "debug" | "info" | "warning" | "error" {
    switch (severity) {
        case LogSeverity.DEBUG:
            return "debug";
        case LogSeverity.INFO:
            return "info";
        case LogSeverity.WARNING:
            return "warning";
        case LogSeverity.ERROR:
            return "error";
    }
}
