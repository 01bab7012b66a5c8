import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import type { Callback, CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import { CallbackInvokeRequest } from "@pulumi/pulumi/proto/callback_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { TransformRequest, TransformResourceOptions, TransformResponse } from "@pulumi/pulumi/proto/resource_pb";

/**
 * What the program changes of its own registrations before they count: the `transforms` of a resource, of those above
 * it, and of the stack, which run in the program and in this order.
 * https://www.pulumi.com/docs/iac/concepts/options/transforms/
 */
export class Transforms {
    private readonly ofStack: Callback[] = [];
    private readonly ofResources = new Map<
        string,
        { readonly parent: string; readonly callbacks: readonly Callback[] }
    >();
    private readonly clients = new Map<string, CallbacksClient>();

    registerForStack(callback: Callback): void {
        this.ofStack.push(callback);
    }

    /** Keeps a resource's own transforms for those below it. */
    registerForResource(urn: string, request: RegisterResourceRequest): void {
        this.ofResources.set(urn, { parent: request.getParent(), callbacks: request.getTransformsList() });
    }

    /** Changes the request as the program wants it changed. */
    async apply(request: RegisterResourceRequest): Promise<void> {
        for (const callback of [...request.getTransformsList(), ...this.above(request.getParent()), ...this.ofStack]) {
            const { properties, options } = await this.ask(callback, request);
            request.setObject(properties);
            if (options !== undefined) {
                request.setProtect(options.getProtect() ?? false);
                request.setProvider(options.getProvider());
                request.setVersion(options.getVersion());
                request.setDependenciesList(
                    // What the properties were made from stays.
                    [...new Set([...request.getDependenciesList(), ...options.getDependsOnList()])],
                );
            }
        }
    }

    close(): void {
        for (const client of this.clients.values()) {
            client.close();
        }
    }

    private above(parent: string): readonly Callback[] {
        const found = this.ofResources.get(parent);
        return found === undefined ? [] : [...found.callbacks, ...this.above(found.parent)];
    }

    private async ask(callback: Callback, request: RegisterResourceRequest) {
        const invocation = new CallbackInvokeRequest();
        invocation.setToken(callback.getToken());
        invocation.setRequest(transformRequest(request).serializeBinary());
        const answer = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
            this.client(callback.getTarget()).invoke(invocation, (error, response) => {
                if (error === null) {
                    resolve(response);
                } else {
                    reject(new Error(transformFailure(request, error), { cause: error }));
                }
            });
        });
        const response = TransformResponse.deserializeBinary(answer.getResponse_asU8());
        return { properties: response.getProperties(), options: response.getOptions() };
    }

    private client(target: string): CallbacksClient {
        const known = this.clients.get(target);
        const client = known ?? new CallbacksClient(target, grpc.credentials.createInsecure(), UNLIMITED);
        this.clients.set(target, client);
        return client;
    }
}

// Function bundles travel with the properties.
const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

function transformFailure(request: RegisterResourceRequest, error: grpc.ServiceError): string {
    return `a transform of ${request.getType()} "${request.getName()}" failed: ${error.details}`;
}

function transformRequest(request: RegisterResourceRequest): TransformRequest {
    const options = new TransformResourceOptions();
    options.setDependsOnList(request.getDependenciesList());
    options.setProtect(request.getProtect() ?? false);
    options.setProvider(request.getProvider());
    options.setVersion(request.getVersion());
    const transform = new TransformRequest();
    transform.setType(request.getType());
    transform.setName(request.getName());
    transform.setCustom(request.getCustom());
    transform.setParent(request.getParent());
    transform.setProperties(request.getObject());
    transform.setOptions(options);
    return transform;
}
