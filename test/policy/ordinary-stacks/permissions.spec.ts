import * as assert from "node:assert/strict";
import { found } from "../support/findings";
import type { Declared } from "../support/team-stack";
import { allowing, arn, arnOfRole, teamStack } from "../support/team-stack";

const RULE = "no-wildcard-resources";

/** What a role may do, as teams ordinarily write it, and what lies nearest to it and is too wide. */
interface Permission {
    readonly to: string;
    readonly fine: Declared;
    /** Left out where nothing is near: what has no resource has none. */
    readonly near?: Declared;
}

function permission(to: string, actions: readonly string[], resource: string, near?: string): Permission {
    const allow = (Resource: string): Declared => allowing({ Action: actions, Resource });
    return { to, fine: allow(resource), ...(near === undefined ? {} : { near: allow(near) }) };
}

const PERMISSIONS: readonly Permission[] = [
    permission(
        "look after executions of its state machine",
        ["states:DescribeExecution", "states:StopExecution"],
        arn("states", "execution:checkout:*"),
        arn("states", "execution:*"),
    ),
    permission(
        "plan reminders in its group of schedules",
        ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"],
        arn("scheduler", "schedule/reminders/*"),
        arn("scheduler", "schedule/*"),
    ),
    permission("stop tasks of its cluster", ["ecs:StopTask"], arn("ecs", "task/shop/*"), arn("ecs", "task/*")),
    permission(
        "run each revision of its task",
        ["ecs:RunTask"],
        arn("ecs", "task-definition/import:*"),
        arn("ecs", "task-definition/*"),
    ),
    permission(
        "call a route of another team's API, whatever the order",
        ["execute-api:Invoke"],
        arn("execute-api", "a1b2c3/v1/GET/orders/*"),
        arn("execute-api", "a1b2c3/*"),
    ),
    permission(
        "read a secret, whose name AWS ends",
        ["secretsmanager:GetSecretValue"],
        arn("secretsmanager", "secret:shop/stripe-??????"),
        arn("secretsmanager", "secret:*"),
    ),
    permission(
        "read its parameters",
        ["ssm:GetParametersByPath"],
        arn("ssm", "parameter/shop/prod/*"),
        arn("ssm", "parameter/*"),
    ),
    permission(
        "query a table by each of its indexes",
        ["dynamodb:Query"],
        arn("dynamodb", "table/carts/index/*"),
        arn("dynamodb", "table/carts*"),
    ),
    permission(
        "read the stream of a table",
        ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
        arn("dynamodb", "table/carts/stream/*"),
        arn("dynamodb", "table/ca*/stream/*"),
    ),
    permission(
        "search a log group",
        ["logs:StartQuery", "logs:FilterLogEvents"],
        arn("logs", "log-group:/aws/lambda/shop:*"),
        arn("logs", "log-group:/aws/lambda/*:*"),
    ),
    permission(
        "call each version of its function",
        ["lambda:InvokeFunction"],
        arn("lambda", "function:price:*"),
        arn("lambda", "function:price*"),
    ),
    permission(
        "keep uploads in its bucket",
        ["s3:GetObject", "s3:PutObject"],
        "arn:aws:s3:::shop-uploads/*",
        "arn:aws:s3:::*",
    ),
    permission(
        "tell devices below its topic",
        ["iot:Publish"],
        arn("iot", "topic/shop/kiosks/*"),
        arn("iot", "topic/*"),
    ),
    permission(
        "call API destinations, whose ARNs AWS ends",
        ["events:InvokeApiDestination"],
        arn("events", "api-destination/crm/*"),
        arn("events", "api-destination/*"),
    ),
    permission(
        "ask a model in each Region that serves it",
        ["bedrock:InvokeModel"],
        "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4",
        "arn:aws:bedrock:*::foundation-model/*",
    ),
    permission(
        "submit each revision of a batch job",
        ["batch:SubmitJob"],
        arn("batch", "job-definition/report:*"),
        arn("batch", "job-definition/*"),
    ),
    permission(
        "read the tables of its database",
        ["glue:GetTable", "glue:GetTables"],
        arn("glue", "table/sales/*"),
        arn("glue", "table/*"),
    ),
    permission("send an SMS", ["sns:Publish"], "*", arn("sns", "*")),
    {
        to: "send an SMS, and nothing to a topic",
        fine: allowing({ Action: "sns:Publish", NotResource: "arn:aws:sns:*:*:*" }),
        near: allowing({ Action: "sns:Publish", NotResource: arn("sns", "orders") }),
    },
    permission("trace, by X-Ray", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    permission("count, by CloudWatch", ["cloudwatch:PutMetricData"], "*"),
    permission("read documents", ["textract:AnalyzeDocument", "rekognition:DetectLabels"], "*"),
    permission("translate", ["translate:TranslateText", "comprehend:DetectDominantLanguage"], "*"),
    permission("answer a task of a state machine", ["states:SendTaskSuccess", "states:SendTaskFailure"], "*"),
    permission("have a shell by ECS Exec", ["ssmmessages:CreateControlChannel", "ssmmessages:OpenDataChannel"], "*"),
    permission("pull an image", ["ecr:GetAuthorizationToken"], "*"),
    permission("find what is tagged", ["tag:GetResources"], "*"),
    permission("list streams, as a pipe does", ["dynamodb:ListStreams"], "*"),
    {
        to: "start a task under a role of its own",
        fine: allowing({
            Action: "iam:PassRole",
            Resource: arnOfRole("import-task"),
            Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        }),
    },
    permission("join a VPC, as a function does", ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"], "*"),
];

describe("an ordinary stack has a role that may", () => {
    for (const { to, fine, near } of PERMISSIONS) {
        it(to, async () => {
            assert.deepEqual(await found(await teamStack(fine)), []);
            if (near !== undefined) {
                const rules = await found(await teamStack(near));
                assert.ok(rules.includes(RULE), `${JSON.stringify(near)}: ${rules.join(", ")}`);
            }
        });
    }
});
