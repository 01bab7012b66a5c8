import { assertFound, policyOf } from "../support/findings";
import { changedTo, one, withResource, withStatement } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "only-gateway-writes-its-tables";
const WEBHOOK = "webhook-policy";

describe("the rule only-gateway-writes-its-tables", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });
    const registryArn = (): unknown => one(example, "PushGatewayReference", "platform").outputs["registryTableArn"];

    it("finds a service that writes the registry", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatement(stack, "webhook-policy", {
                Action: "dynamodb:PutItem",
                Resource: one(stack, "PushGatewayReference", "platform").outputs["registryTableArn"],
            });
        await assertFound(mistaken(example), [RULE, "webhook-policy"]);
    });

    it("a wildcard that covers the registry among others", async () => {
        await assertFound(
            withStatement(example, WEBHOOK, {
                Action: "dynamodb:UpdateItem",
                Resource: String(registryArn()).replace(/[^/]*$/, "push-*"),
            }),
            ["no-wildcard-resources", WEBHOOK],
            ["only-gateway-writes-its-tables", WEBHOOK],
        );
    });

    it("PartiQL, batches and a change of the TTL", async () => {
        for (const action of ["dynamodb:PartiQLInsert", "dynamodb:BatchWriteItem", "dynamodb:UpdateTimeToLive"]) {
            await assertFound(withStatement(example, WEBHOOK, { Action: action, Resource: registryArn() }), [
                "only-gateway-writes-its-tables",
                WEBHOOK,
            ]);
        }
    });

    it("the table of namespaces, which says who may publish", async () => {
        await assertFound(
            withStatement(example, WEBHOOK, {
                Action: "dynamodb:PutItem",
                Resource: one(example, "PushGatewayReference", "platform").outputs["namespaceTableArn"],
            }),
            ["only-gateway-writes-its-tables", WEBHOOK],
        );
    });

    it("a policy that is written inside the gateway but held by another role", async () => {
        const foreign = withResource(platform, "aws:iam/role:Role", "foreign", {
            name: "foreign",
            arn: "arn:aws:iam::123456789012:role/foreign",
        });
        const moved = changedTo(foreign, "RolePolicy", "push-websocket-disconnect-policy", { role: "foreign" });
        await assertFound(moved, ["only-gateway-writes-its-tables", "push-websocket-disconnect-policy"]);
    });

    it("the policy of the table itself", async () => {
        const { arn } = one(platform, "Table", "push-registry-connections").outputs;
        await assertFound(
            withResource(platform, "aws:dynamodb/resourcePolicy:ResourcePolicy", "shared", {
                resourceArn: arn,
                policy: policyOf({
                    Effect: "Allow",
                    Principal: { AWS: "210987654321" },
                    Action: "dynamodb:PutItem",
                    Resource: arn,
                }),
            }),
            ["only-gateway-writes-its-tables", "shared"],
        );
    });

    it("an item, where the table is given by its ARN", async () => {
        const { registryTableArn, namespaceTableArn } = one(example, "PushGatewayReference", "platform").outputs;
        for (const tableName of [registryTableArn, namespaceTableArn]) {
            const ghost = { tableName, hashKey: "pk", item: "{}" };
            await assertFound(withResource(example, "aws:dynamodb/tableItem:TableItem", "ghost", ghost), [
                "only-gateway-writes-its-tables",
                "ghost",
            ]);
        }
    });

    it("an item that the deployment puts", async () => {
        await assertFound(
            withResource(example, "aws:dynamodb/tableItem:TableItem", "ghost", {
                tableName: one(example, "PushGatewayReference", "platform").outputs["registryTableName"],
                hashKey: "pk",
                item: "{}",
            }),
            ["only-gateway-writes-its-tables", "ghost"],
        );
    });

    it("an item, where nothing but a plain StackReference shows the table", async () => {
        const plain = example.filter(({ type }) => !type.startsWith("push-gateway:"));
        const { registryTableName, namespaceTableName } = one(example, "PushGatewayReference", "platform").outputs;
        for (const [tableName, hashKey] of [
            [registryTableName, "pk"],
            [namespaceTableName, "namespace"],
        ]) {
            const ghost = { tableName, hashKey, item: "{}" };
            await assertFound(withResource(plain, "aws:dynamodb/tableItem:TableItem", "ghost", ghost), [
                "only-gateway-writes-its-tables",
                "ghost",
            ]);
        }
    });

    it("a namespace that is registered by hand, in the team's stack or in the platform's own", async () => {
        const item = JSON.stringify({ namespace: { S: "chat" } });
        for (const [stack, tableName] of [
            [example, one(example, "PushGatewayReference", "platform").outputs["namespaceTableName"]],
            [platform, one(platform, "Table", "push-namespaces").outputs["name"]],
        ] as const) {
            const row = { tableName, hashKey: "namespace", item };
            await assertFound(withResource(stack, "aws:dynamodb/tableItem:TableItem", "row", row), [
                "only-gateway-writes-its-tables",
                "row",
            ]);
        }
    });

    it("a policy of the stack's own that is attached", async () => {
        const arn = "arn:aws:iam::123456789012:policy/registry";
        const policy = policyOf({ Effect: "Allow", Action: "dynamodb:DeleteItem", Resource: registryArn() });
        const made = withResource(example, "aws:iam/policy:Policy", "registry", { arn, policy });
        await assertFound(
            withResource(made, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "access", {
                role: one(example, "Role", "webhook-role").outputs["name"],
                policyArn: arn,
            }),
            ["only-gateway-writes-its-tables", "registry"],
        );
    });

    describe("finds a policy", () => {
        const arn = "arn:aws:iam::123456789012:policy/registry";
        const shared: readonly (readonly [type: string, properties: Readonly<Record<string, unknown>>])[] = [
            ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", { role: "foreign", policyArn: arn }],
            [
                "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
                {
                    roleName: "foreign",
                    policyArns: [arn],
                },
            ],
            ["aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", { policyArns: [arn] }],
            ["aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", { policyArns: [arn] }],
        ];

        for (const [type, properties] of shared) {
            it(`that a role of the gateway holds, to another by ${type.split(":").at(-1) ?? ""}`, async () => {
                const registry = one(platform, "Table", "push-registry-connections").outputs["arn"];
                const policy = policyOf({ Effect: "Allow", Action: "dynamodb:DeleteItem", Resource: registry });
                const made = withResource(platform, "aws:iam/policy:Policy", "shared", { arn, policy });
                const held = withResource(made, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "own", {
                    role: one(platform, "Role", "push-notifier-notify-role").outputs["name"],
                    policyArn: arn,
                });
                await assertFound(held);
                await assertFound(withResource(held, type, "other", properties), [
                    "only-gateway-writes-its-tables",
                    "shared",
                ]);
            });
        }
    });
});
