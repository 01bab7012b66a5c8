import assert from "node:assert/strict";
import { hasNoResource, judgedResource } from "../../../iam";
import { ACTIONS_WITHOUT_RESOURCES } from "../../../iam/actions/actions-without-resources";

describe("hasNoResource", () => {
    it("knows actions for which AWS defines no resource type, in any case", () => {
        for (const action of [
            "dynamodb:ListStreams",
            "DynamoDB:liststreams",
            "dynamodb:ListTables",
            "sqs:ListQueues",
            "sts:GetCallerIdentity",
            "xray:PutTraceSegments",
            "ecr:GetAuthorizationToken",
            "ssmmessages:OpenDataChannel",
            "cloudwatch:GetMetricStatistics",
        ]) {
            assert.equal(hasNoResource(action), true, action);
        }
    });

    it("takes every other action for one that has resources, also where they are optional or it is a pattern", () => {
        for (const action of [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "sns:Publish",
            "cloudwatch:PutMetricData",
            "sqs:SendMessage",
            "ec2:DescribeInstanceAttribute",
            "iam:PassRole",
            "execute-api:ManageConnections",
            "dynamodb:List*",
            "dynamodb:Nonsense",
            "",
        ]) {
            assert.equal(hasNoResource(action), false, action);
        }
    });
});

describe("judgedResource", () => {
    it("is * for an action without resources, and what is acted upon for every other", () => {
        const stream = "arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/1";
        assert.equal(judgedResource("dynamodb:ListStreams", stream), "*");
        assert.equal(judgedResource("dynamodb:GetRecords", stream), stream);
    });
});

describe("the list of actions without resources", () => {
    it("has every service and every action once, by names that an action can have", () => {
        const services = Object.keys(ACTIONS_WITHOUT_RESOURCES);
        assert.deepEqual(services, [...services].sort());
        for (const [service, names] of Object.entries(ACTIONS_WITHOUT_RESOURCES)) {
            const actions = names.split(" ");
            assert.match(service, /^[a-z0-9-]+$/);
            assert.deepEqual(actions, [...new Set(actions)].sort(), service);
            assert.ok(
                actions.every((action) => /^[A-Za-z0-9-]+$/.test(action)),
                service,
            );
        }
    });
});
