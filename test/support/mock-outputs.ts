type Inputs = Readonly<Record<string, unknown>>;
type Outputs = Readonly<Record<string, unknown>>;

const ACCOUNT = "123456789012";
const REGION = "us-east-1";

/** What AWS would add to the inputs, by type. Enough for everything that our programs read. */
const OUTPUTS: Readonly<Record<string, (name: string, inputs: Inputs) => Outputs>> = {
    "aws:apigateway/account:Account": () => ({}),
    "aws:apigatewayv2/api:Api": (name) => ({
        apiEndpoint: `wss://${name}.execute-api.${REGION}.amazonaws.com`,
        executionArn: arn("execute-api", name),
    }),
    "aws:apigatewayv2/authorizer:Authorizer": () => ({}),
    "aws:apigatewayv2/integration:Integration": () => ({}),
    "aws:apigatewayv2/integrationResponse:IntegrationResponse": () => ({}),
    "aws:apigatewayv2/route:Route": () => ({}),
    "aws:apigatewayv2/routeResponse:RouteResponse": () => ({}),
    "aws:apigatewayv2/stage:Stage": () => ({}),
    "aws:cloudwatch/eventBus:EventBus": (name) => ({
        name: physical(name),
        arn: arn("events", `event-bus/${physical(name)}`),
    }),
    "aws:cloudwatch/eventRule:EventRule": (name) => ({
        name: physical(name),
        arn: arn("events", `rule/bus/${physical(name)}`),
    }),
    "aws:cloudwatch/eventTarget:EventTarget": () => ({}),
    "aws:cloudwatch/logGroup:LogGroup": (name) => ({
        name: physical(name),
        arn: arn("logs", `log-group:${physical(name)}`),
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": () => ({}),
    "aws:dynamodb/table:Table": (name, { streamEnabled }) => ({
        name: physical(name),
        arn: arn("dynamodb", `table/${physical(name)}`),
        streamArn:
            streamEnabled === true ? arn("dynamodb", `table/${physical(name)}/stream/2026-01-01T00:00:00.000`) : "",
    }),
    "aws:dynamodb/tableItem:TableItem": () => ({}),
    "aws:ec2/securityGroup:SecurityGroup": () => ({}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": () => ({}),
    "aws:iam/role:Role": (name) => ({ name: physical(name), arn: `arn:aws:iam::${ACCOUNT}:role/${physical(name)}` }),
    "aws:iam/rolePolicy:RolePolicy": () => ({}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => ({}),
    "aws:lambda/eventSourceMapping:EventSourceMapping": () => ({}),
    "aws:lambda/function:Function": (name) => ({
        name: physical(name),
        arn: functionArn(name),
        invokeArn: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn(name)}/invocations`,
    }),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": () => ({}),
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": () => ({}),
    "aws:lambda/functionUrl:FunctionUrl": (name) => ({ functionUrl: `https://${name}.lambda-url.${REGION}.on.aws/` }),
    "aws:lambda/permission:Permission": () => ({}),
    "aws:pipes/pipe:Pipe": (name) => ({ name: physical(name), arn: arn("pipes", `pipe/${physical(name)}`) }),
    "aws:sqs/queue:Queue": (name) => ({
        name: physical(name),
        arn: arn("sqs", physical(name)),
        url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${physical(name)}`,
    }),
    "aws:sqs/queuePolicy:QueuePolicy": () => ({}),
    // A remote component: its children never reach the mocks.
    "awsx:ec2:Vpc": () => ({
        vpcId: "vpc-new",
        privateSubnetIds: ["subnet-private-1", "subnet-private-2"],
        routeTables: [{ id: "rtb-1" }, { id: "rtb-2" }],
    }),
};

/** The physical name that Pulumi would make of a logical one. */
function physical(name: string): string {
    return `${name}-0000000`;
}

function functionArn(name: string): string {
    return arn("lambda", `function:${physical(name)}`);
}

function arn(service: string, resource: string): string {
    return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

/** What the type's provider would answer; `undefined` for a type that is not listed. */
export function mockOutputs(type: string, name: string, inputs: Inputs): Outputs | undefined {
    return type.startsWith("push-gateway:index:") ? {} : OUTPUTS[type]?.(name, inputs);
}
