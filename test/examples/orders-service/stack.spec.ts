import { hasNoResource } from "../../../iam/actions/resourceless";
import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { platformOutputs } from "../../policy/support/our-stacks";
import type { Graph, GraphOptions } from "../../support/graph";
import { recordFailure, recordGraph } from "../../support/graph";
import { allStatements, listOf, statementsOf } from "../../support/policy";
import { without } from "../../support/without";

const PLATFORM = "organization/push-gateway/dev";
const CONFIG = { "orders-service:platformStack": PLATFORM, "orders-service:webhookSecret": "hush" };

/** Runs the program anew, as `pulumi up` does, and returns what it exports. */
async function runProgram(): Promise<Record<string, pulumi.Output<string>>> {
    const load = createRequire(__filename);
    const entry = load.resolve("../../../examples/orders-service/index.ts");
    Reflect.deleteProperty(load.cache, entry);
    return (load(entry) as () => Promise<Record<string, pulumi.Output<string>>>)();
}

function options(
    stackOutputs: Readonly<Record<string, unknown>>,
    config: Readonly<Record<string, string>> = CONFIG,
): GraphOptions {
    return { project: "orders-service", stack: "dev", config, stackOutputs: { [PLATFORM]: stackOutputs } };
}

describe("the orders stack", () => {
    let platform: Readonly<Record<string, unknown>>;
    let graph: Graph;
    let outputs: unknown;

    before(async () => {
        platform = await platformOutputs();
        graph = await recordGraph(async () => {
            pulumi.output(await runProgram()).apply((values) => {
                outputs = values;
            });
        }, options(platform));
    });

    it("is a table, a webhook, a namespace, a source of changes and a page", () => {
        assert.deepEqual(graph.identities, [
            "aws:cloudwatch/logGroup:LogGroup page-logs < page",
            "aws:cloudwatch/logGroup:LogGroup webhook-logs < webhook",
            "aws:dynamodb/table:Table orders < ",
            "aws:dynamodb/tableItem:TableItem orders-namespace < orders",
            "aws:iam/role:Role order-changes-role < order-changes",
            "aws:iam/role:Role page-role < page",
            "aws:iam/role:Role webhook-role < webhook",
            "aws:iam/rolePolicy:RolePolicy order-changes-policy < order-changes",
            "aws:iam/rolePolicy:RolePolicy page-policy < page",
            "aws:iam/rolePolicy:RolePolicy webhook-policy < webhook",
            "aws:lambda/function:Function page-function < page",
            "aws:lambda/function:Function webhook-function < webhook",
            "aws:lambda/functionUrl:FunctionUrl page-url < ",
            "aws:lambda/functionUrl:FunctionUrl webhook-url < ",
            "aws:lambda/permission:Permission page-call-url < ",
            "aws:lambda/permission:Permission page-invoke-by-url < ",
            "aws:lambda/permission:Permission webhook-call-url < ",
            "aws:lambda/permission:Permission webhook-invoke-by-url < ",
            "aws:pipes/pipe:Pipe order-changes-pipe < order-changes",
            "aws:sqs/queue:Queue order-changes-dead-letters < order-changes",
            "pulumi:pulumi:StackReference platform-stack < platform",
            "push-gateway:index:LambdaFunction page < ",
            "push-gateway:index:LambdaFunction webhook < ",
            "push-gateway:index:PushGatewayReference platform < ",
            "push-gateway:index:PushNamespace orders < ",
            "push-gateway:index:TableChangeSource order-changes < ",
        ]);
    });

    it("registers and publishes with what the platform stack really exports", () => {
        const row = graph.one("aws:dynamodb/tableItem:TableItem", "orders-namespace");
        const pipe = graph.one("aws:pipes/pipe:Pipe", "order-changes-pipe");
        assert.equal(row.inputs["tableName"], platform["namespaceTableName"]);
        assert.equal(pipe.inputs["target"], platform["eventBusArn"]);
        assert.match(String(pipe.inputs["target"]), /:event-bus\/push-bus-/);
    });

    it("says where its table, webhook and page are", () => {
        assert.deepEqual(outputs, {
            ordersTableName: "orders-0000000",
            webhookUrl: "https://webhook-url.lambda-url.us-east-1.on.aws/",
            pageUrl: "https://page-url.lambda-url.us-east-1.on.aws/",
        });
    });

    it("keeps orders by customer and order, with a stream of both images, encrypted and recoverable", () => {
        assert.deepEqual(graph.one("aws:dynamodb/table:Table", "orders").inputs, {
            billingMode: "PAY_PER_REQUEST",
            hashKey: "customer",
            rangeKey: "orderId",
            attributes: [
                { name: "customer", type: "S" },
                { name: "orderId", type: "S" },
            ],
            streamEnabled: true,
            streamViewType: "NEW_AND_OLD_IMAGES",
            serverSideEncryption: { enabled: true },
            pointInTimeRecovery: { enabled: true },
        });
    });

    it("lets customers follow their own orders, and staff all of them", () => {
        const { subscribe } = graph.one("push-gateway:index:PushNamespace", "orders").inputs;
        assert.deepEqual(subscribe, [
            { channel: "orders/{sub}/*" },
            { channel: "orders/@me" },
            { channel: "orders/@all", claims: { role: "staff" } },
        ]);
    });

    it("publishes each change to the order, its customer and staff, once the namespace is registered", () => {
        const { namespace, event, channels } = graph.one(
            "push-gateway:index:TableChangeSource",
            "order-changes",
        ).inputs;
        assert.deepEqual(
            { namespace, event, channels },
            {
                namespace: "orders",
                event: "OrderChanged",
                channels: ["orders/{customer}/{orderId}", "orders/@user/{customer}", "orders/@all"],
            },
        );
        assert.ok(graph.one("aws:pipes/pipe:Pipe", "order-changes-pipe").dependencies.includes("orders-namespace"));
    });

    it("lets the webhook update orders, and nothing else", () => {
        assert.deepEqual(statementsOf(graph, "webhook").slice(0, -1), [
            {
                Effect: "Allow",
                Action: ["dynamodb:UpdateItem"],
                Resource: ["arn:aws:dynamodb:us-east-1:123456789012:table/orders-0000000"],
            },
        ]);
        assert.equal(statementsOf(graph, "page").length, 1);
    });

    it("keeps the webhook's secret secret", () => {
        const webhook = graph.one("aws:lambda/function:Function", "webhook-function");
        assert.deepEqual(webhook.secretInputs, ["environment"]);
        assert.deepEqual(webhook.inputs["environment"], {
            variables: { ORDERS_TABLE: "orders-0000000", WEBHOOK_SECRET: "hush" },
        });
    });

    it("tells the page where to connect, and where to get tokens only if there is such a place", async () => {
        const environment = (of: Graph): unknown =>
            of.one("aws:lambda/function:Function", "page-function").inputs["environment"];
        const { webSocketUrl } = platform;
        assert.deepEqual(environment(graph), { variables: { WEB_SOCKET_URL: webSocketUrl } });
        const local = await recordGraph(
            runProgram,
            options(platform, { ...CONFIG, "orders-service:tokenUrl": "http://127.0.0.1/token" }),
        );
        assert.deepEqual(environment(local), {
            variables: {
                WEB_SOCKET_URL: webSocketUrl,
                TOKEN_URL: "http://127.0.0.1/token",
            },
        });
    });

    it("opens its functions to their URLs alone, with both permissions that AWS asks for", () => {
        const permissions = graph
            .ofType("aws:lambda/permission:Permission")
            .map(({ inputs: { function: fn, ...rest } }) => [fn, rest] as const);
        for (const name of ["webhook-function-0000000", "page-function-0000000"]) {
            assert.deepEqual(
                permissions.filter(([fn]) => fn === name).map(([, rest]) => rest),
                [
                    { action: "lambda:InvokeFunctionUrl", principal: "*", functionUrlAuthType: "NONE" },
                    { action: "lambda:InvokeFunction", principal: "*", invokedViaFunctionUrl: true },
                ],
            );
        }
    });

    it("has no wildcard in an action, and in a resource only for log streams and for what AWS allows on * alone", () => {
        for (const { at, statement } of allStatements(graph)) {
            assert.deepEqual(
                listOf(statement.Action).filter((action) => action.includes("*")),
                [],
                at,
            );
            const wild = listOf(statement.Resource).filter(
                (resource) => resource.includes("*") && !resource.endsWith(":log-stream:*"),
            );
            assert.deepEqual(wild, listOf(statement.Action).every(hasNoResource) ? ["*"] : [], at);
        }
    });

    it("creates nothing when the platform does not keep the contract", async () => {
        const { errors, graph: created } = await recordFailure(
            runProgram,
            options({ ...without({ ...platform }, "contractVersion"), eventBusArn: 5 }),
        );
        assert.deepEqual(errors, [
            `The stack ${PLATFORM} does not keep the PushGateway contract:\n` +
                "  output `contractVersion` is missing\n" +
                "  output `eventBusArn` is of type number, not string\n" +
                "Reference a stack of the push-gateway project, and bring it up to date with `pulumi up`.",
        ]);
        assert.deepEqual(
            created.resources.map(({ type }) => type),
            ["push-gateway:index:PushGatewayReference", "pulumi:pulumi:StackReference"],
        );
    });
});
