const WRITE_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const NETWORK_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/**
 * Policies that AWS itself keeps and that functions and gateways are commonly given, by ARN.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
    "service-role/AWSLambdaBasicExecutionRole": WRITE_LOGS,
    "service-role/AWSLambdaENIManagementAccess": NETWORK_INTERFACES,
    "service-role/AWSLambdaVPCAccessExecutionRole": [...WRITE_LOGS, ...NETWORK_INTERFACES, "ec2:DescribeSubnets"],
    "service-role/AWSLambdaDynamoDBExecutionRole": [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        ...WRITE_LOGS,
    ],
    "service-role/AWSLambdaSQSQueueExecutionRole": [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        ...WRITE_LOGS,
    ],
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs": [
        ...WRITE_LOGS,
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "logs:FilterLogEvents",
    ],
};

const PREFIX = "arn:aws:iam::aws:policy/";

/** The policy as JSON text; `undefined` for one that the local cloud does not know. */
export function awsManagedPolicy(arn: string): string | undefined {
    const actions = arn.startsWith(PREFIX) ? ACTIONS[arn.slice(PREFIX.length)] : undefined;
    return actions === undefined
        ? undefined
        : JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
}

export function awsManagedPolicyArns(): readonly string[] {
    return Object.keys(ACTIONS).map((name) => `${PREFIX}${name}`);
}
