import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import * as components from "../../components";
import { CONTRACT_OUTPUTS } from "../../contract/outputs";
import { PluginHost } from "./support/plugin-host";

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
    let plugin: PluginHost;
    let schema: Schema;
    before(async () => {
        plugin = await PluginHost.start(PLUGIN, path.join(PLUGIN, "../node_modules"));
        schema = (await plugin.schema()) as Schema;
    });
    beforeEach(() => {
        plugin.forget();
    });
    after(() => plugin.close());

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
        const contract = Object.entries(CONTRACT_OUTPUTS)
            .map(([name, type]) => `${name}: ${type}`)
            .sort();
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

    it("list no objects with members that are known later: Pulumi makes a Go SDK of them that does not compile", () => {
        const lists = Object.values(schema.resources).flatMap(({ inputProperties }) =>
            Object.values(inputProperties ?? {}),
        );
        const listed = lists.flatMap(({ items }) => items?.$ref?.replace("#/types/", "") ?? []);
        assert.deepEqual(listed.sort(), [
            "push-gateway:index:EventMapping",
            "push-gateway:index:SubscribeRule",
            "push-gateway:index:TableChange",
        ]);
        for (const name of listed) {
            const members = Object.entries(schema.types[name]?.properties ?? {});
            assert.deepEqual(
                members.filter(([, { plain }]) => plain !== true),
                [],
                name,
            );
        }
    });

    it("take what the documentation gives them in YAML", () => {
        const { resources } = parse(documented("yaml")) as YamlProgram;
        const ours = Object.values(resources).filter(({ type }) => type.startsWith("push-gateway:"));
        assert.equal(ours.length, 3);
        for (const { type, properties } of ours) {
            const { inputProperties, requiredInputs } = schema.resources[type] ?? {};
            assert.deepEqual(unknownMembers(schema, { properties: inputProperties }, properties), [], type);
            assert.deepEqual(
                requiredInputs?.filter((name) => !(name in properties)),
                [],
                type,
            );
        }
    });

    it("take what the documentation gives them in Python", () => {
        const calls = [...documented("python").matchAll(/gateway\.(\w+)\(\s*"\w+",([^]*?)\n?\)\n/g)];
        assert.deepEqual(
            calls.map(([, name]) => name),
            ["PushGatewayReference", "PushNamespace", "TableChangeSource"],
        );
        for (const [, name = "", args = ""] of calls) {
            const { inputProperties, requiredInputs } = schema.resources[`push-gateway:index:${name}`] ?? {};
            const given = [...args.matchAll(/^ *(\w+)=/gm)].map(([, argument = ""]) => camelCase(argument));
            assert.deepEqual(
                given.filter((argument) => !(argument in (inputProperties ?? {}))),
                [],
                name,
            );
            assert.deepEqual(
                requiredInputs?.filter((argument) => !given.includes(argument)),
                [],
                name,
            );
        }
    });

    it("construct a namespace for a program in another language", async () => {
        const response = await plugin.construct("PushNamespace", "orders", {
            gateway: { namespaceTableName: "namespaces" },
            namespace: "orders",
            subscribe: [{ channel: "orders/{sub}/*" }],
            history: { ttlSeconds: 3600, maxMessages: 100 },
        });

        assert.equal(response.getUrn(), "urn:pulumi:dev::their-service::push-gateway:index:PushNamespace::orders");
        assert.deepEqual(response.getState()?.toJavaScript(), { namespace: "orders" });
        assert.deepEqual(
            plugin.registered.map(({ type, name }) => [type, name]),
            [
                ["push-gateway:index:PushNamespace", "orders"],
                ["aws:dynamodb/tableItem:TableItem", "orders-namespace"],
            ],
        );
        const [, row] = plugin.registered;
        assert.equal(row?.inputs["tableName"], "namespaces");
        assert.deepEqual(JSON.parse(String(row.inputs["item"])), {
            namespace: { S: "orders" },
            subscribe: { L: [{ M: { channel: { S: "orders/{sub}/*" } } }] },
            history: { M: { ttlSeconds: { N: "3600" }, maxMessages: { N: "100" } } },
        });
    });

    it("construct a source of changes, with its role and its queue", async () => {
        const response = await plugin.construct("TableChangeSource", "changes", {
            gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
            namespace: "orders",
            streamArn: "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
            event: "OrderChanged",
            channels: ["orders/{customer}"],
        });

        const outputs = response.getState()?.toJavaScript() ?? {};
        assert.deepEqual(Object.keys(outputs).sort(), ["deadLetterQueueUrl", "pipeArn"]);
        assert.deepEqual(plugin.registered.map(({ type }) => type).sort(), [
            "aws:iam/role:Role",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:pipes/pipe:Pipe",
            "aws:sqs/queue:Queue",
            "push-gateway:index:TableChangeSource",
        ]);
    });

    it("refuse what the gateway would, before anything is created", async () => {
        await assert.rejects(
            plugin.construct("PushNamespace", "orders", {
                gateway: { namespaceTableName: "namespaces" },
                namespace: "orders",
                subscribe: [{ channel: "invoices/*" }],
            }),
            /invoices/,
        );
        assert.deepEqual(
            plugin.registered.map(({ type }) => type),
            ["push-gateway:index:PushNamespace"],
        );
    });
});

interface YamlProgram {
    readonly resources: Readonly<
        Record<
            string,
            {
                readonly type: string;
                readonly properties: Readonly<Record<string, unknown>>;
            }
        >
    >;
}

/** The example in that language. */
function documented(language: string): string {
    const page = readFileSync(path.join(PLUGIN, "../docs/other-languages.md"), "utf8");
    const [, example = ""] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page) ?? [];
    return example;
}

/** Members, at whatever depth, that the schema does not have. */
function unknownMembers(
    schema: Schema,
    type: ObjectSchema,
    given: Readonly<Record<string, unknown>>,
): readonly string[] {
    return Object.entries(given).flatMap(([name, value]) => {
        const property = type.properties?.[name];
        if (property === undefined) {
            return [name];
        }
        const nested = schema.types[(property.items ?? property).$ref?.replace("#/types/", "") ?? ""];
        const values = [value].flat().filter((item): item is Readonly<Record<string, unknown>> => {
            return typeof item === "object" && item !== null;
        });
        return nested === undefined ? [] : values.flatMap((item) => unknownMembers(schema, nested, item));
    });
}

function camelCase(name: string): string {
    return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

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
    const base =
        items === undefined
            ? additionalProperties === undefined
                ? ($ref?.split(":").at(-1) ?? type ?? "any")
                : `Record<${describeType(additionalProperties)}>`
            : `${describeType(items)}[]`;
    return plain === true ? `${base} plain` : base;
}
