import * as assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LambdaFunction } from "../../components/lambda";
import { PushGatewayReference } from "../../components";
import { contractOutputs as contractOutputsOf } from "../../components/references/contract-outputs";
import { publishStatements } from "../../components/permissions/publish-statements";
import { contractOutputs } from "../support/contract-outputs";
import { recordFailure, recordGraph } from "../support/graph";
import { statementsOf } from "../support/policy";

const STACK = "organization/push-gateway/dev";
const OUTPUTS = contractOutputs({ eventBusArn: "arn:bus" });

describe("PushGatewayReference", () => {
    it("reads the platform stack", async () => {
        let values: object = {};
        const graph = await recordGraph(
            () => {
                const reference = new PushGatewayReference("platform", { stack: STACK });
                pulumi.output(contractOutputsOf((name) => reference[name])).apply((read) => {
                    values = read;
                });
            },
            { stackOutputs: { [STACK]: OUTPUTS } },
        );
        assert.deepEqual(values, OUTPUTS);
        assert.deepEqual(
            graph.one("push-gateway:index:PushGatewayReference", "platform").outputs,
            Object.keys(OUTPUTS).sort(),
        );
        assert.deepEqual(
            graph.resources.map(({ type, name }) => [type, name]),
            [
                ["push-gateway:index:PushGatewayReference", "platform"],
                ["pulumi:pulumi:StackReference", "platform-stack"],
            ],
        );
    });

    it("is itself once checked", async () => {
        let checked = false;
        await recordGraph(
            async () => {
                const reference = new PushGatewayReference("platform", { stack: STACK });
                checked = (await reference.checked()) === reference;
            },
            { stackOutputs: { [STACK]: OUTPUTS } },
        );
        assert.ok(checked);
    });

    it("keeps each output as secret as it is in its own stack, so that reviewers can read the policies", async () => {
        const graph = await recordGraph(
            async () => {
                const reference = await new PushGatewayReference("platform", { stack: STACK }).checked();
                for (const [name, value] of Object.entries({
                    bus: reference.eventBusArn,
                    table: reference.registryTableArn,
                })) {
                    new aws.iam.RolePolicy(name, { role: "r", policy: pulumi.jsonStringify({ Resource: value }) });
                }
            },
            {
                stackOutputs: {
                    [STACK]: {
                        ...OUTPUTS,
                        registryTableArn: pulumi.secret("arn:registry"),
                        adminPassword: pulumi.secret("x"),
                    },
                },
            },
        );
        const policy = (name: string) => graph.one("aws:iam/rolePolicy:RolePolicy", name);
        assert.deepEqual(policy("bus").secretInputs, []);
        assert.equal(policy("bus").inputs["policy"], '{"Resource":"arn:bus"}');
        assert.deepEqual(policy("table").secretInputs, ["policy"]);
        assert.equal(policy("table").inputs["policy"], '{"Resource":"arn:registry"}');
    });

    for (const stack of ["dev", "acme/dev", "acme/push-gateway/", "acme/push-gateway/dev/extra"]) {
        it(`says how to write the stack's name in full, where it is "${stack}"`, async () => {
            for (const written of [stack, pulumi.output(stack)]) {
                const { errors, graph } = await recordFailure(() => {
                    new PushGatewayReference("platform", { stack: written });
                });
                assert.deepEqual(errors, [
                    'PushGatewayReference "platform" cannot be created:\n' +
                        `  \`stack\`: is "${stack}"; ` +
                        "write it in full: organization/project/stack, such as acme/push-gateway/prod",
                ]);
                assert.deepEqual(graph.ofType("pulumi:pulumi:StackReference"), []);
            }
        });
    }

    it("says that the reader is to be updated where the stack keeps a newer contract", async () => {
        const { errors } = await recordFailure(
            async () => {
                await new PushGatewayReference("platform", { stack: STACK }).checked();
            },
            { stackOutputs: { [STACK]: { contractVersion: 2, somethingElse: "x" } } },
        );
        assert.deepEqual(errors, [
            `The stack ${STACK} keeps a newer PushGateway contract:\n` +
                "  output `contractVersion` is 2, but this component reads version 1\n" +
                "Update the components that this program uses to a release that reads that version.",
        ]);
    });

    const { eventBusArn: _, ...others } = OUTPUTS;
    const BROKEN = { ...others, contractVersion: 0, webSocketUrl: 7 };
    const MESSAGE =
        `The stack ${STACK} does not keep the PushGateway contract:\n` +
        "  output `webSocketUrl` is of type number, not string\n" +
        "  output `eventBusArn` is missing\n" +
        "  output `contractVersion` is 0, but this component reads version 1\n" +
        "Reference a stack of the push-gateway project, and bring it up to date with `pulumi up`.";

    it("is one error that lists all that is wrong with the stack, whichever output is used", async () => {
        const { errors } = await recordFailure(
            () => {
                const reference = new PushGatewayReference("platform", { stack: STACK });
                // What is used here is fine by itself.
                new aws.dynamodb.TableItem("row", {
                    tableName: reference.namespaceTableName,
                    hashKey: "namespace",
                    item: "{}",
                });
            },
            { stackOutputs: { [STACK]: BROKEN } },
        );
        assert.deepEqual(errors, [MESSAGE]);
    });

    it("lets nothing that uses it be created when the contract is broken", async () => {
        const { graph } = await recordFailure(
            () => {
                const reference = new PushGatewayReference("platform", { stack: STACK });
                new aws.dynamodb.TableItem("row", {
                    tableName: reference.namespaceTableName,
                    hashKey: "namespace",
                    item: "{}",
                });
            },
            { stackOutputs: { [STACK]: BROKEN } },
        );
        assert.deepEqual(graph.ofType("aws:dynamodb/tableItem:TableItem"), []);
    });

    it("lets nothing at all be created after `checked` when the contract is broken", async () => {
        const { errors, graph } = await recordFailure(
            async () => {
                await new PushGatewayReference("platform", { stack: STACK }).checked();
                new aws.sqs.Queue("unrelated");
            },
            { stackOutputs: { [STACK]: BROKEN } },
        );
        assert.deepEqual(errors, [MESSAGE]);
        assert.deepEqual(graph.ofType("aws:sqs/queue:Queue"), []);
    });

    it("leaves the check to the update where a preview does not know the stack yet", async () => {
        const graph = await recordGraph(
            async () => {
                const queue = new aws.sqs.Queue("named-later");
                const stack = pulumi.interpolate`organization/push-gateway/${queue.name}`;
                await new PushGatewayReference("platform", { stack }).checked();
                new aws.sqs.Queue("after");
            },
            { preview: true },
        );
        assert.equal(graph.ofType("aws:sqs/queue:Queue").length, 2);
    });

    it("grants publishing as one namespace, and for every entry of a call", async () => {
        const graph = await recordGraph(
            () => {
                const reference = new PushGatewayReference("platform", { stack: STACK });
                new LambdaFunction("publisher", {
                    entry: `${__dirname}/fixtures/hello.ts`,
                    description: "Publishes",
                    allow: reference.publishStatements("orders"),
                });
            },
            { stackOutputs: { [STACK]: OUTPUTS } },
        );
        assert.deepEqual(statementsOf(graph, "publisher")[0], {
            Effect: "Allow",
            Action: ["events:PutEvents"],
            Resource: ["arn:bus"],
            Condition: {
                "ForAllValues:StringEquals": { "events:source": "orders" },
                Null: { "events:source": "false" },
            },
        });
    });

    it("grants in the shape of any IAM statement of Pulumi's", () => {
        const take = (statements: aws.types.input.iam.GetPolicyDocumentStatementArgs[]): number => statements.length;
        assert.equal(take(publishStatements("arn:bus", "orders")), 1);
    });
});
