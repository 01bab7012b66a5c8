import * as assert from "node:assert/strict";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunctionArgs } from "../../../components/lambda";
import { LambdaFunction } from "../../../components/lambda";
import type { Graph } from "../../support/graph";
import { recordFailure, recordGraph } from "../../support/graph";
import { statementsOf } from "../../support/policy";

const ENTRY = path.join(__dirname, "../fixtures/hello.ts");

function record(args: Partial<LambdaFunctionArgs> = {}): Promise<Graph> {
    return recordGraph(() => new LambdaFunction("hello", { entry: ENTRY, description: "Says hello", ...args }));
}

describe("LambdaFunction", () => {
    it("makes a log group, a role with a policy, and the function", async () => {
        const graph = await record();
        const { outputs } = graph.one("push-gateway:index:LambdaFunction", "hello");
        assert.deepEqual(outputs, ["functionArn", "functionName", "invokeArn", "roleArn"]);
        assert.deepEqual(graph.identities, [
            "aws:cloudwatch/logGroup:LogGroup hello-logs < hello",
            "aws:iam/role:Role hello-role < hello",
            "aws:iam/rolePolicy:RolePolicy hello-policy < hello",
            "aws:lambda/function:Function hello-function < hello",
            "push-gateway:index:LambdaFunction hello < ",
        ]);
    });

    it("runs the bundle on arm64 and a current Node.js, under the role, logging to the group", async () => {
        const { inputs } = (await record({ environment: { GREETING: "hi" } })).one(
            "aws:lambda/function:Function",
            "hello-function",
        );
        const { code, ...rest } = inputs;
        assert.deepEqual(Object.keys((code as { files: object }).files), ["index.js", "index.js.map"]);
        assert.deepEqual(rest, {
            description: "Says hello",
            handler: "index.handler",
            runtime: "nodejs24.x",
            architectures: ["arm64"],
            role: "arn:aws:iam::123456789012:role/hello-role-0000000",
            timeout: 10,
            memorySize: 512,
            environment: { variables: { GREETING: "hi" } },
            loggingConfig: { logFormat: "Text", logGroup: "hello-logs-0000000" },
        });
    });

    it("creates the log group and attaches the policy before the function", async () => {
        const { dependencies } = (await record()).one("aws:lambda/function:Function", "hello-function");
        assert.deepEqual(dependencies, ["hello-logs", "hello-policy", "hello-role"]);
    });

    it("deletes log entries after 30 days, or as told", async () => {
        const retention = async (args: Partial<LambdaFunctionArgs>): Promise<unknown> =>
            (await record(args)).one("aws:cloudwatch/logGroup:LogGroup", "hello-logs").inputs["retentionInDays"];
        assert.equal(await retention({}), 30);
        assert.equal(await retention({ logRetentionDays: 7 }), 7);
    });

    it("may write its own log and do what `allow` lists, and nothing else", async () => {
        const graph = await record({
            allow: [
                {
                    actions: ["events:PutEvents"],
                    resources: [pulumi.output("arn:bus")],
                    conditions: [{ test: "StringEquals", variable: "events:source", values: ["orders"] }],
                },
            ],
        });
        assert.deepEqual(statementsOf(graph, "hello"), [
            {
                Effect: "Allow",
                Action: ["events:PutEvents"],
                Resource: ["arn:bus"],
                Condition: { StringEquals: { "events:source": "orders" } },
            },
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: ["arn:aws:logs:us-east-1:123456789012:log-group:hello-logs-0000000:log-stream:*"],
            },
        ]);
        assert.deepEqual(statementsOf(await record(), "hello").length, 1);
    });

    it("is assumed by Lambda alone", async () => {
        const { inputs } = (await record()).one("aws:iam/role:Role", "hello-role");
        assert.deepEqual(JSON.parse(String(inputs["assumeRolePolicy"])), {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
        });
    });

    it("names its source in the state as seen from the project, the same on every machine", async () => {
        const { inputs } = (await record()).one("push-gateway:index:LambdaFunction", "hello");
        assert.equal(inputs["entry"], "test/components/fixtures/hello.ts");
    });

    describe("when it is put into a VPC", () => {
        it("is allowed its network interfaces before it is created there", async () => {
            const graph = await record({ network: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] } });
            const fn = graph.one("aws:lambda/function:Function", "hello-function");
            assert.deepEqual(fn.inputs["vpcConfig"], { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] });
            assert.ok(fn.dependencies.includes("hello-network-access"));
            assert.deepEqual(
                graph.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "hello-network-access").inputs[
                    "policyArn"
                ],
                "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess",
            );
        });
    });

    it("refuses an action with a wildcard, and creates nothing", async () => {
        const { errors, graph } = await recordFailure(
            () =>
                new LambdaFunction("hello", {
                    entry: ENTRY,
                    description: "Says hello",
                    allow: [{ actions: ["sqs:SendMessage", "dynamodb:*"], resources: ["arn"] }],
                }),
        );
        assert.deepEqual(errors, [
            'LambdaFunction "hello" cannot be created:\n' +
                "  `allow[0].actions`: dynamodb:* has a wildcard; name each action that the function calls",
        ]);
        assert.deepEqual(
            graph.resources.filter((resource) => resource.custom),
            [],
        );
    });

    it("keeps a secret of the environment secret in the state", async () => {
        const secretInputs = async (key: pulumi.Input<string>): Promise<readonly string[]> =>
            (await record({ environment: { KEY: key } })).one("aws:lambda/function:Function", "hello-function")
                .secretInputs;
        assert.deepEqual(await secretInputs(pulumi.secret("hush")), ["environment"]);
        assert.deepEqual(await secretInputs("loud"), []);
    });
});
