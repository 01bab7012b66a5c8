import { assertFound } from "../support/findings";
import { one, withResource, withStatement } from "../support/mutations";
import type { Stack } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";

const RULE = "only-gateway-reads-its-tables";
const WEBHOOK = "webhook-policy";
const REGISTRY = "push-registry-connections";
const LOG = "push-log-messages";

describe("the rule only-gateway-reads-its-tables", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    const arnOf = (table: string): string => String(one(platform, "Table", table).outputs["arn"]);

    for (const Action of ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:ExportTableToPointInTime"]) {
        it(`finds ${Action} on the registry or the log, in a team's stack`, async () => {
            for (const table of [REGISTRY, LOG]) {
                await assertFound(withStatement(example, WEBHOOK, { Action, Resource: arnOf(table) }), [RULE, WEBHOOK]);
            }
        });
    }

    it("finds an index, a stream and a backup", async () => {
        for (const [Action, end] of [
            ["dynamodb:Query", "/index/by-user"],
            ["dynamodb:GetRecords", "/stream/2026-01-01T00:00:00.000"],
        ]) {
            const Resource = `${arnOf(LOG)}${end ?? ""}`;
            await assertFound(withStatement(example, WEBHOOK, { Action, Resource }), [RULE, WEBHOOK]);
        }
    });

    it("finds a policy of the table for another account", async () => {
        const policy = JSON.stringify({
            Version: "2012-10-17",
            Statement: {
                Effect: "Allow",
                Principal: { AWS: "210987654321" },
                Action: "dynamodb:Query",
                Resource: arnOf(LOG),
            },
        });
        const shared = { resourceArn: arnOf(LOG), policy };
        await assertFound(withResource(platform, "aws:dynamodb/resourcePolicy:ResourcePolicy", "shared", shared), [
            RULE,
            "shared",
        ]);
    });

    it("finds what copies a table: a Kinesis destination, an export, a replica, a reader of its stream", async () => {
        const stream = `${arnOf(LOG)}/stream/2026-01-01T00:00:00.000`;
        for (const [type, properties] of [
            [
                "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination",
                { tableName: "push-log-messages-0000000" },
            ],
            ["aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination", { tableName: arnOf(LOG) }],
            ["aws:dynamodb/tableExport:TableExport", { tableArn: arnOf(REGISTRY) }],
            ["aws:dynamodb/tableReplica:TableReplica", { globalTableArn: arnOf(LOG) }],
            [
                "aws:dynamodb/contributorInsights:ContributorInsights",
                { tableName: "push-registry-connections-0000000" },
            ],
            [
                "aws:lambda/eventSourceMapping:EventSourceMapping",
                {
                    functionName: "page",
                    eventSourceArn: stream,
                    startingPosition: "LATEST",
                    bisectBatchOnFunctionError: true,
                    maximumRetryAttempts: 1,
                    destinationConfig: { onFailure: { destinationArn: "arn:aws:sqs:us-east-1:123456789012:q" } },
                },
            ],
        ] as const) {
            await assertFound(withResource(example, type, "copy", properties), [RULE, "copy"]);
        }
    });

    it("leaves a team its own table, with all of these", async () => {
        const arn = String(one(example, "Table", "orders").outputs["arn"]);
        const reading = withStatement(example, WEBHOOK, { Action: "dynamodb:Scan", Resource: arn });
        await assertFound(withResource(reading, "aws:dynamodb/tableExport:TableExport", "export", { tableArn: arn }));
    });

    it("lets others read who may publish: the table of namespaces holds no messages", async () => {
        const { namespaceTableArn } = one(example, "PushGatewayReference", "platform").outputs;
        await assertFound(withStatement(example, WEBHOOK, { Action: "dynamodb:GetItem", Resource: namespaceTableArn }));
    });
});
