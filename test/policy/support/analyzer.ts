import { createRequire } from "node:module";
import type { Policies } from "@pulumi/policy";
import {
    AnalyzeRequest,
    AnalyzerResource,
    AnalyzerResourceOptions,
    AnalyzerPropertyDependencies,
    AnalyzeStackRequest,
    EnforcementLevel,
} from "@pulumi/pulumi/proto/analyzer_pb";
import type { AnalyzeResponse, RemediateResponse } from "@pulumi/pulumi/proto/analyzer_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { policies } from "../../../policy/policies";
import { checkedByProvider } from "./provider-check";
import type { RecordedResource, WireProperties } from "./recorded-stack";

/** What the pack has to say about one resource. */
export interface Diagnostic {
    readonly policy: string;
    /** Logical name of the resource. */
    readonly resource: string;
    readonly message: string;
    readonly level: "advisory" | "mandatory";
}

type Unary<Request, Response> = (
    call: { readonly request: Request },
    callback: (error: Error | null | undefined, response: Response) => void,
) => void;

type Maker<Request, Response> = (
    packName: string,
    packVersion: string,
    level: string,
    policies: Policies,
) => Unary<Request, Response>;

/** What serves a pack inside the SDK. Exported, and used by its own tests, but without types. */
const server = createRequire(__filename)("@pulumi/policy/server") as {
    readonly makeAnalyzeRpcFun: Maker<AnalyzeRequest, AnalyzeResponse>;
    readonly makeAnalyzeStackRpcFun: Maker<AnalyzeStackRequest, AnalyzeResponse>;
    readonly makeRemediateRpcFun: Maker<AnalyzeRequest, RemediateResponse>;
};

/** Asks the pack about a stack as the engine does: about each resource's inputs, and about all outputs at the end. */
export async function diagnose(stack: readonly RecordedResource[]): Promise<readonly Diagnostic[]> {
    const analyze = server.makeAnalyzeRpcFun("push-gateway", "1.0.0", "mandatory", policies);
    const diagnostics: Diagnostic[] = [];
    for (const resource of stack) {
        diagnostics.push(...read(await call(analyze, analyzeRequest(resource)), resource.name));
    }
    const analyzeStack = server.makeAnalyzeStackRpcFun("push-gateway", "1.0.0", "mandatory", policies);
    return [...diagnostics, ...read(await call(analyzeStack, analyzeStackRequest(stack)), "")];
}

/** The inputs that the pack's remediations make of the resource's; `undefined` where they leave them as they are. */
export async function remediate(resource: RecordedResource): Promise<Readonly<Record<string, WireProperties>>> {
    const response = await call(
        server.makeRemediateRpcFun("push-gateway", "1.0.0", "mandatory", policies),
        analyzeRequest(resource),
    );
    return Object.fromEntries(
        response.getRemediationsList().map((remediation) => {
            return [remediation.getPolicyname(), remediation.getProperties()?.toJavaScript() ?? {}];
        }),
    );
}

export function analyzeRequest(resource: RecordedResource): AnalyzeRequest {
    const request = new AnalyzeRequest();
    request.setUrn(resource.urn);
    request.setType(resource.type);
    request.setName(resource.name);
    request.setProperties(struct(checkedByProvider(resource.type, resource.inputs)));
    request.setOptions(options(resource));
    return request;
}

export function analyzeStackRequest(stack: readonly RecordedResource[]): AnalyzeStackRequest {
    const request = new AnalyzeStackRequest();
    request.setResourcesList(
        stack.map((resource) => {
            const message = new AnalyzerResource();
            message.setUrn(resource.urn);
            message.setType(resource.type);
            message.setName(resource.name);
            message.setParent(resource.parent);
            message.setProperties(struct(checkedByProvider(resource.type, resource.outputs)));
            message.setOptions(options(resource));
            message.setDependenciesList([...resource.dependencies]);
            for (const [name, urns] of Object.entries(resource.propertyDependencies)) {
                const dependencies = new AnalyzerPropertyDependencies();
                dependencies.setUrnsList([...urns]);
                message.getPropertydependenciesMap().set(name, dependencies);
            }
            return message;
        }),
    );
    return request;
}

export function read(response: AnalyzeResponse, resource: string): readonly Diagnostic[] {
    return response.getDiagnosticsList().map((diagnostic) => ({
        policy: diagnostic.getPolicyname(),
        resource: diagnostic.getUrn().split("::").at(-1) || resource,
        message: diagnostic.getMessage(),
        level: diagnostic.getEnforcementlevel() === EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
    }));
}

function options(resource: RecordedResource): AnalyzerResourceOptions {
    const message = new AnalyzerResourceOptions();
    message.setProtect(resource.protect);
    message.setParent(resource.parent);
    return message;
}

function struct(properties: WireProperties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);
}

function call<Request, Response>(method: Unary<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
        method({ request }, (error, response) => {
            if (error === null || error === undefined) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}
