import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as path from "node:path";
import { compileFunction } from "node:vm";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import * as ts from "typescript";
import { parse } from "yaml";
import * as components from "../../components";
import { diagnose } from "../policy/support/analyzer";
import { platformOutputs } from "../policy/support/our-stacks";
import type { RecordedResource } from "../policy/support/recorded-stack";
import { recordStack } from "../policy/support/recorded-stack";
import { fences, page, ROOT } from "./support/markdown";

const PLATFORM = "acme/push-gateway/dev";

/** Runs a document's program as a service stack beside a platform stack. */
async function record(program: () => unknown): Promise<readonly RecordedResource[]> {
    const stackOutputs = { [PLATFORM]: await platformOutputs() };
    return recordStack(program, { project: "shipments", stack: "dev", stackOutputs });
}

/** The one block of that language that has the text. */
function example(file: string, language: string, text: string): string {
    const found = fences(page(file).text).filter((fence) => fence.language === language && fence.code.includes(text));
    assert.equal(found.length, 1, `${file} has ${found.length} blocks of ${language} with ${text}`);
    return found[0]?.code ?? "";
}

function types(stack: readonly RecordedResource[]): string[] {
    return stack.filter(({ type }) => type.startsWith("push-gateway:")).map(({ type }) => type.split(":")[2] ?? "");
}

describe("examples in the documents", () => {
    it("of README.md run, and pass the policy pack", async () => {
        const program = example("README.md", "ts", "new PushNamespace");
        const stack = await record(() => {
            runTypeScript(program, { table: ordersTable() });
        });
        assert.deepEqual(types(stack), ["PushGatewayReference", "PushNamespace", "TableChangeSource"]);
        assert.deepEqual(await diagnose(stack), []);
    });

    describe("of docs/other-languages.md", () => {
        const yaml = example("docs/other-languages.md", "yaml", "resources:");

        it("run in YAML, with the statement for a role that publishes, and pass the policy pack", async () => {
            const statement = example("docs/other-languages.md", "json", "events:PutEvents");
            const stack = await record(() => {
                const made = createFromYaml(yaml);
                createPublisher(statement, made.get("push") as components.PushGatewayReference);
            });
            assert.deepEqual(types(stack), ["PushGatewayReference", "PushNamespace", "TableChangeSource"]);
            assert.deepEqual(await diagnose(stack), []);
        });

        it("say the same in Python", () => {
            const python = example("docs/other-languages.md", "python", "PushNamespace");
            // Types, and how the program itself is made.
            const { resources } = parse(yaml) as { readonly resources: Readonly<Record<string, YamlResource>> };
            const said = Object.values(resources).flatMap(({ properties }) => scalars(properties));
            assert.ok(said.length > 15);
            const missing = said.filter((value) => !python.includes(value));
            assert.deepEqual(missing, []);
        });
    });
});

/** What README takes for granted: a table as the policies want it. */
function ordersTable(): aws.dynamodb.Table {
    return new aws.dynamodb.Table("orders", {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "customer",
        attributes: [{ name: "customer", type: "S" }],
        streamEnabled: true,
        streamViewType: "NEW_AND_OLD_IMAGES",
        serverSideEncryption: { enabled: true },
        pointInTimeRecovery: { enabled: true },
    });
}

function runTypeScript(code: string, globals: Readonly<Record<string, unknown>>): void {
    const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
    const require = createRequire(path.join(ROOT, "index.ts"));
    const load = (name: string): unknown => (name === "../push-gateway/components" ? components : require(name));
    const names = Object.keys(globals);
    const run = compileFunction(outputText, ["require", "exports", ...names]) as (...args: unknown[]) => void;
    run(load, {}, ...names.map((name) => globals[name]));
}

interface YamlResource {
    readonly type: string;
    readonly properties: Readonly<Record<string, unknown>>;
}

type Constructor = new (name: string, args: unknown) => pulumi.Resource;

/** A reading of Pulumi's YAML that knows what the example uses: resources, and `${name.output}`. */
function createFromYaml(yaml: string): ReadonlyMap<string, pulumi.Resource> {
    const { resources } = parse(yaml) as { readonly resources: Readonly<Record<string, YamlResource>> };
    const made = new Map<string, pulumi.Resource>();
    for (const [name, { type, properties }] of Object.entries(resources)) {
        const Class = classOf(type);
        made.set(name, new Class(name, withOutputs(properties, made)));
    }
    return made;
}

function classOf(type: string): Constructor {
    const [packageName = "", module = "", name = ""] = type.split(":");
    const namespace: object = packageName === "aws" ? valueOf(aws, module) : components;
    return valueOf(namespace, name) as Constructor;
}

function withOutputs(value: unknown, made: ReadonlyMap<string, pulumi.Resource>): unknown {
    if (typeof value === "string") {
        const [, resource = "", output = ""] = /^\$\{(\w+)\.(\w+)\}$/.exec(value) ?? [];
        return resource === "" ? value : valueOf(made.get(resource) ?? {}, output);
    }
    if (Array.isArray(value)) {
        return value.map((item) => withOutputs(item, made));
    }
    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withOutputs(member, made)]))
        : value;
}

function valueOf(object: object, name: string): object {
    const value: unknown = Reflect.get(object, name);
    assert.ok((typeof value === "object" && value !== null) || typeof value === "function", `there is no ${name}`);
    return value;
}

/** A role with just that statement. */
function createPublisher(statement: string, push: components.PushGatewayReference): void {
    const role = new aws.iam.Role("publisher", {
        assumeRolePolicy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
        }),
    });
    new aws.iam.RolePolicy("publisher", {
        role: role.id,
        policy: push.eventBusArn.apply((arn) =>
            JSON.stringify({
                Version: "2012-10-17",
                Statement: [JSON.parse(statement.replace("<eventBusArn>", arn)) as unknown],
            }),
        ),
    });
}

/** Names and values as Python has them, without what it writes as a variable. */
function scalars(value: unknown): string[] {
    if (Array.isArray(value)) {
        return value.flatMap(scalars);
    }
    if (typeof value === "object" && value !== null) {
        return Object.entries(value).flatMap(([key, member]) => [snakeCase(key), ...scalars(member)]);
    }
    if (typeof value === "boolean") {
        return [value ? "True" : "False"];
    }
    const text = String(value);
    const [, resource = "", output = ""] = /^\$\{(\w+)\.(\w+)\}$/.exec(text) ?? [];
    return [resource === "" ? text : `${resource}.${snakeCase(output)}`];
}

function snakeCase(name: string): string {
    return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
