import * as assert from "node:assert/strict";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ConstructRequest, GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { ConstructResponse, GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as components from "../../components";
import { MonitorServer } from "../../local/program/monitor";
import type { Engine, RegistrationRequest } from "../../local/program/monitor";

const PLUGIN = path.join(__dirname, "../../components");

interface Property {
    readonly type?: string;
    readonly $ref?: string;
    readonly items?: Property;
    readonly additionalProperties?: Property;
    readonly plain?: boolean;
}

interface ObjectSchema {
    readonly properties?: Readonly<Record<string, Property>>;
    readonly required?: readonly string[];
    readonly enum?: readonly { readonly value: unknown }[];
}

interface ResourceSchema extends ObjectSchema {
    readonly isComponent: boolean;
    readonly inputProperties?: Readonly<Record<string, Property>>;
    readonly requiredInputs?: readonly string[];
}

interface Schema {
    readonly name: string;
    readonly resources: Readonly<Record<string, ResourceSchema>>;
    readonly types: Readonly<Record<string, ObjectSchema>>;
}

/** The components as a package for every language, hosted by the SDK's own `cmd/run-plugin` as the engine would. */
describe("the components as a plugin", () => {
    let registered: RegistrationRequest[];
    let engine: MonitorServer;
    let child: ChildProcessWithoutNullStreams;
    let client: ResourceProviderClient;
    let schema: Schema;
    before(async () => {
        engine = await MonitorServer.start(recordInto(() => registered), PLUGIN);
        const runner = createRequire(__filename).resolve("@pulumi/pulumi/cmd/run-plugin");
        child = spawn(process.execPath, [runner, PLUGIN, engine.address], {
            cwd: PLUGIN,
            env: { ...process.env, NODE_OPTIONS: "" },
        });
        let stderr = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
        });
        const ended = once(child, "exit").then(() => {
            throw new Error(`The plugin ended before it served: ${stderr}`);
        });
        const [port] = await Promise.race([once(readline.createInterface(child.stdout), "line"), ended]) as [string];
        client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        const response = await answer<GetSchemaResponse>((callback) => {
            client.getSchema(new GetSchemaRequest(), callback);
        });
        schema = JSON.parse(response.getSchema()) as Schema;
    });
    beforeEach(() => {
        registered = [];
    });
    after(async () => {
        client.close();
        const ended = once(child, "exit");
        child.kill();
        await ended;
        engine.close();
    });

    it("offer every component that the package exports, under its type token", () => {
        assert.equal(schema.name, "push-gateway");
        const classes = Object.entries(components).filter(([, exported]) => typeof exported === "function");
        assert.deepEqual(
            Object.keys(schema.resources).sort(),
            classes.map(([name]) => `push-gateway:index:${name}`).sort(),
        );
        assert.ok(Object.values(schema.resources).every(({ isComponent }) => isComponent));
    });

    it("take and give what a service team works with", () => {
        assert.deepEqual(summary(schema, "PushNamespace"), {
            inputs: [
                "gateway: NamespaceGateway plain",
                "history?: NamespaceHistory plain",
                "mappings?: EventMapping plain[] plain",
                "namespace: string plain",
                "subscribe: SubscribeRule plain[] plain",
            ],
            outputs: ["namespace: string"],
        });
        assert.deepEqual(summary(schema, "TableChangeSource"), {
            inputs: [
                "alarmActions?: string[] plain",
                "attributes?: string plain[] plain",
                "changes?: TableChange plain[] plain",
                "channels: string plain[] plain",
                "event: string plain",
                "filter?: string plain",
                "gateway: PublishGateway plain",
                "namespace: string",
                "streamArn: string",
            ],
            outputs: ["deadLetterQueueUrl: string", "pipeArn: string"],
        });
        assert.deepEqual(summary(schema, "PushGatewayReference").inputs, ["stack: string"]);
    });

    it("give the contract, by reference and by the gateway itself", () => {
        const contract = [
            "contractVersion: number",
            "eventBusArn: string",
            "eventBusName: string",
            "managementEndpoint: string",
            "namespaceTableArn: string",
            "namespaceTableName: string",
            "notifierArn: string",
            "registryTableArn: string",
            "registryTableName: string",
            "webSocketUrl: string",
        ];
        assert.deepEqual(summary(schema, "PushGateway").outputs, contract);
        assert.deepEqual(summary(schema, "PushGatewayReference").outputs, contract);
    });

    it("describe what they take", () => {
        const rule = schema.types["push-gateway:index:SubscribeRule"];
        assert.deepEqual(Object.keys(rule?.properties ?? {}), ["channel", "claims"]);
        assert.deepEqual(rule?.required, ["channel"]);
        assert.deepEqual(
            schema.types["push-gateway:index:TableChange"]?.enum?.map(({ value }) => value),
            Object.values(components.TableChange),
        );
    });

    it("construct a namespace for a program in another language", async () => {
        const response = await construct("PushNamespace", "orders", {
            gateway: { namespaceTableName: "namespaces" },
            namespace: "orders",
            subscribe: [{ channel: "orders/{sub}/*" }],
            history: { ttlSeconds: 3600, maxMessages: 100 },
        });

        assert.equal(response.getUrn(), "urn:pulumi:dev::their-service::push-gateway:index:PushNamespace::orders");
        assert.deepEqual(response.getState()?.toJavaScript(), { namespace: "orders" });
        assert.deepEqual(registered.map(({ type, name }) => [type, name]), [
            ["push-gateway:index:PushNamespace", "orders"],
            ["aws:dynamodb/tableItem:TableItem", "orders-namespace"],
        ]);
        const [, row] = registered;
        assert.equal(row?.inputs["tableName"], "namespaces");
        assert.deepEqual(JSON.parse(String(row.inputs["item"])), {
            namespace: { S: "orders" },
            subscribe: { L: [{ M: { channel: { S: "orders/{sub}/*" } } }] },
            history: { M: { ttlSeconds: { N: "3600" }, maxMessages: { N: "100" } } },
        });
    });

    it("construct a source of changes, with its role and its queue", async () => {
        const response = await construct("TableChangeSource", "changes", {
            gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
            namespace: "orders",
            streamArn: "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
            event: "OrderChanged",
            channels: ["orders/{customer}"],
        });

        const outputs = response.getState()?.toJavaScript() ?? {};
        assert.deepEqual(Object.keys(outputs).sort(), ["deadLetterQueueUrl", "pipeArn"]);
        assert.deepEqual(registered.map(({ type }) => type).sort(), [
            "aws:iam/role:Role",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:pipes/pipe:Pipe",
            "aws:sqs/queue:Queue",
            "push-gateway:index:TableChangeSource",
        ]);
    });

    it("refuse what the gateway would, before anything is created", async () => {
        await assert.rejects(construct("PushNamespace", "orders", {
            gateway: { namespaceTableName: "namespaces" },
            namespace: "orders",
            subscribe: [{ channel: "invoices/*" }],
        }), /invoices/);
        assert.deepEqual(registered.map(({ type }) => type), ["push-gateway:index:PushNamespace"]);
    });

    async function construct(
        component: string,
        name: string,
        inputs: Parameters<typeof Struct.fromJavaScript>[0],
    ): Promise<ConstructResponse> {
        const request = new ConstructRequest();
        request.setOrganization("organization");
        request.setProject("their-service");
        request.setStack("dev");
        request.setType(`push-gateway:index:${component}`);
        request.setName(name);
        request.setInputs(Struct.fromJavaScript(inputs));
        request.setMonitorendpoint(engine.address);
        request.setParallel(16);
        return answer((callback) => {
            client.construct(request, callback);
        });
    }
});

/** What a language's SDK would show: `name?: type`, `plain` where the value must be known when the program runs. */
function summary(schema: Schema, component: string): { inputs: string[]; outputs: string[] } {
    const resource = schema.resources[`push-gateway:index:${component}`];
    const list = (properties: Readonly<Record<string, Property>> = {}, required: readonly string[] = []): string[] => {
        return Object.entries(properties)
            .map(([name, property]) => `${name}${required.includes(name) ? "" : "?"}: ${describeType(property)}`)
            .sort();
    };
    return {
        inputs: list(resource?.inputProperties, resource?.requiredInputs),
        outputs: list(resource?.properties, resource?.required),
    };
}

function describeType({ type, $ref, items, additionalProperties, plain }: Property): string {
    const base = items === undefined
        ? additionalProperties === undefined
            ? $ref?.split(":").at(-1) ?? type ?? "any"
            : `Record<${describeType(additionalProperties)}>`
        : `${describeType(items)}[]`;
    return plain === true ? `${base} plain` : base;
}

/** An engine that creates everything that it is asked for, and gives it an ARN. */
function recordInto(registered: () => RegistrationRequest[]): Engine {
    return {
        register: (request) => {
            registered().push(request);
            const urn = `urn:pulumi:dev::their-service::${request.type}::${request.name}`;
            const outputs = request.custom
                ? { ...request.inputs, arn: `arn:aws:made:us-east-1:123456789012:${request.name}`, url: "https://made" }
                : {};
            return Promise.resolve({ urn, id: request.custom ? `${request.name}-id` : "", outputs });
        },
        registerOutputs: () => undefined,
        read: () => Promise.reject(new Error("Nothing is read here")),
        invoke: () => ({}),
        log: () => undefined,
    };
}

function answer<Response>(
    ask: (callback: (error: grpc.ServiceError | null, response: Response) => void) => void,
): Promise<Response> {
    return new Promise((resolve, reject) => {
        ask((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}
