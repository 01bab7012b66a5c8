import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { PushGatewayArgs } from "../../components";
import { PushGateway } from "../../components";
import { contractProblems } from "../../contract/outputs";
import type { Graph } from "../support/graph";
import { recordFailure, recordGraph } from "../support/graph";
import { allStatements, listOf } from "../support/policy";

const ARGS: PushGatewayArgs = {
    issuer: "https://login.example.com/",
    audience: ["push-gateway"],
    allowedOrigins: ["https://shop.example.com"],
};

function create(args: PushGatewayArgs): PushGateway {
    return new PushGateway("push", args);
}

describe("PushGateway", () => {
    let graph: Graph;
    let outputs: Record<string, unknown> = {};

    before(async () => {
        graph = await recordGraph(() => {
            pulumi.output(create(ARGS).contract()).apply((values) => {
                outputs = values;
            });
        });
    });

    it("is a registry, a message log, a table of namespaces, a bus, delivery queues, an API and a notifier", () => {
        assert.deepEqual(
            graph.identities.filter((identity) => identity.endsWith(" < push") || identity.endsWith(" < ")),
            [
                "aws:cloudwatch/eventBus:EventBus push-bus < push",
                "aws:dynamodb/table:Table push-namespaces < push",
                "push-gateway:index:ConnectionRegistry push-registry < push",
                "push-gateway:index:DeliveryQueues push-delivery < push",
                "push-gateway:index:MessageLog push-log < push",
                "push-gateway:index:Notifier push-notifier < push",
                "push-gateway:index:PushGateway push < ",
                "push-gateway:index:WebSocketApi push-websocket < push",
            ],
        );
        // Of those, the API has 48 resources with its own functions, the notifier 19, the queues 3, the registry and the
        // log 2 each.
        assert.equal(graph.resources.length, 3 + 48 + 19 + 3 + 2 + 2);
    });

    it("keeps namespaces in a table that is encrypted and recoverable", () => {
        assert.deepEqual(graph.one("aws:dynamodb/table:Table", "push-namespaces").inputs, {
            billingMode: "PAY_PER_REQUEST",
            hashKey: "namespace",
            attributes: [{ name: "namespace", type: "S" }],
            serverSideEncryption: { enabled: true },
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled: false,
        });
    });

    it("hands its own table, bus and API to the parts", () => {
        const notifier = graph.one("push-gateway:index:Notifier", "push-notifier").inputs;
        assert.equal(notifier["eventBusName"], "push-bus-0000000");
        assert.equal(
            notifier["managementEndpoint"],
            "https://push-websocket-api.execute-api.us-east-1.amazonaws.com/v1",
        );
        for (const part of [notifier, graph.one("push-gateway:index:WebSocketApi", "push-websocket").inputs]) {
            assert.deepEqual(part["registry"], {
                name: "push-registry-connections-0000000",
                arn: "arn:aws:dynamodb:us-east-1:123456789012:table/push-registry-connections-0000000",
            });
            assert.deepEqual(part["messageLog"], {
                name: "push-log-messages-0000000",
                arn: "arn:aws:dynamodb:us-east-1:123456789012:table/push-log-messages-0000000",
            });
            assert.deepEqual(part["namespaces"], {
                name: "push-namespaces-0000000",
                arn: "arn:aws:dynamodb:us-east-1:123456789012:table/push-namespaces-0000000",
            });
        }
    });

    it("has no wildcard in an action, and in a resource only where AWS names what it stands for", () => {
        const statements = allStatements(graph);
        assert.ok(statements.length > 10);
        for (const { at, statement } of statements) {
            assert.deepEqual(
                listOf(statement.Action).filter((action) => action.includes("*")),
                [],
                at,
            );
            const wild = listOf(statement.Resource).filter((resource) => resource.includes("*"));
            assert.deepEqual(
                wild.filter((resource) => !/:log-stream:\*$|\/v1\/POST\/@connections\/\*$/.test(resource)),
                [],
                at,
            );
        }
    });

    it("names the source in every permission to invoke a function", () => {
        const permissions = graph.ofType("aws:lambda/permission:Permission");
        assert.equal(permissions.length, 8);
        for (const { name, inputs } of permissions) {
            assert.match(
                String(inputs["sourceArn"]),
                /^arn:aws:(execute-api|events):us-east-1:123456789012:[^*]+$/,
                name,
            );
        }
    });

    it("lets nobody but its own functions post to connections or write the registry", () => {
        const holders = (action: RegExp): string[] =>
            allStatements(graph)
                .filter(({ statement }) => listOf(statement.Action).some((candidate) => action.test(candidate)))
                .map(({ at }) => at);
        assert.deepEqual(holders(/^execute-api:/).sort(), [
            "push-notifier-deliverer-deliver-policy",
            "push-notifier-notify-policy",
            "push-websocket-message-policy",
        ]);
        assert.deepEqual([...new Set(holders(/^dynamodb:(Put|Update|Delete|BatchWrite)Item$/))].sort(), [
            "push-notifier-deliverer-deliver-policy",
            "push-notifier-notify-policy",
            "push-websocket-connect-policy",
            "push-websocket-disconnect-policy",
            "push-websocket-message-policy",
        ]);
    });

    it("lets every log expire", () => {
        const groups = graph.ofType("aws:cloudwatch/logGroup:LogGroup");
        assert.equal(groups.length, 7);
        assert.ok(groups.every(({ inputs }) => inputs["retentionInDays"] === 30));
    });

    it("keeps the contract", () => {
        assert.deepEqual(contractProblems(outputs), []);
        assert.deepEqual(graph.one("push-gateway:index:PushGateway", "push").outputs, Object.keys(outputs).sort());
        assert.equal(outputs["webSocketUrl"], "wss://push-websocket-api.execute-api.us-east-1.amazonaws.com/v1");
        assert.equal(
            outputs["notifierArn"],
            "arn:aws:lambda:us-east-1:123456789012:function:push-notifier-notify-function-0000000",
        );
    });

    it("bundles every function to the same bytes each time", async () => {
        const code = (of: Graph): unknown =>
            of
                .ofType("aws:lambda/function:Function")
                .map(({ name, inputs }) => [name, inputs["code"]])
                .sort();
        assert.deepEqual(code(await recordGraph(() => create(ARGS))), code(graph));
    });

    it("previews the same graph, although nothing is known of what it creates", async () => {
        const preview = await recordGraph(() => create(ARGS), { preview: true });
        assert.deepEqual(preview.identities, graph.identities);
    });

    it("when protected and in a VPC, protects its tables and places every function", async () => {
        const network = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
        const placed = await recordGraph(() => create({ ...ARGS, protect: true, network }));
        const tables = placed.ofType("aws:dynamodb/table:Table");
        assert.deepEqual(
            tables.map(({ protect, inputs }) => [protect, inputs["deletionProtectionEnabled"]]),
            [
                [true, true],
                [true, true],
                [true, true],
            ],
        );
        const functions = placed.ofType("aws:lambda/function:Function");
        assert.equal(functions.length, 6);
        for (const { inputs } of functions) {
            assert.deepEqual(inputs["vpcConfig"], {
                subnetIds: ["subnet-1", "subnet-2"],
                securityGroupIds: ["push-network-functions-id"],
            });
        }
    });

    it("refuses a network that is neither an existing nor a new one, and creates nothing", async () => {
        const { errors, graph: created } = await recordFailure(() =>
            create({ ...ARGS, network: { create: true, vpcId: "vpc-1" } }),
        );
        assert.deepEqual(errors, [
            'PushGateway "push" cannot be created:\n' +
                "  `network.vpcId`: belongs to an existing VPC; leave it out, or leave out `create`",
        ]);
        assert.deepEqual(
            created.resources.filter((resource) => resource.custom),
            [],
        );
    });
});
