import type { Statement } from "../../iam";
import { actionCovers } from "../../iam";

/** A kind of thing whose names exist only when the program runs, in something that has a name before. */
interface RunTimeName {
    /** For people, and for the tests' names. */
    readonly what: string;
    /** The end of the ARN, from the service on. `<name>` has no wildcard; `<region>` is `<name>:<name>`, with the account. */
    readonly arn: string;
    /** The actions that it is for. Defaults to all of the service's. */
    readonly actions?: readonly string[];
}

const READS_LOGS = [
    "DescribeLogStreams",
    "FilterLogEvents",
    "GetLogEvents",
    "GetLogGroupFields",
    "GetLogRecord",
    "StartLiveTail",
    "StartQuery",
].map((name) => `logs:${name}`);

/** Formats of ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html, 2026-09-26 */
const RUN_TIME_NAMES: readonly RunTimeName[] = [
    { what: "the objects of a bucket", arn: "s3:::<name>/<any>" },
    { what: "the objects of an access point", arn: "s3:<region>:accesspoint/<name>/object/<any>" },
    {
        what: "the streams of a log group",
        arn: "logs:<region>:log-group:<path>:(log-stream:)?\\*",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    },
    { what: "what a log group holds", arn: "logs:<region>:log-group:<path>:\\*", actions: READS_LOGS },
    { what: "the indexes of a table", arn: "dynamodb:<region>:table/<name>/index/\\*" },
    { what: "the streams of a table", arn: "dynamodb:<region>:table/<name>/stream/\\*" },
    { what: "the executions of a state machine", arn: "states:<region>:(execution|express):<name>:<any>" },
    { what: "the map runs of a state machine", arn: "states:<region>:mapRun:<name>/<any>" },
    { what: "the schedules of a group", arn: "scheduler:<region>:schedule/<name>/<any>" },
    { what: "the tasks of a cluster", arn: "ecs:<region>:(task|container-instance)/<name>/<any>" },
    { what: "the revisions of a task", arn: "ecs:<region>:task-definition/<name>:\\*" },
    { what: "the revisions of a batch job", arn: "batch:<region>:job-definition/<name>:\\*" },
    { what: "the versions of a function", arn: "lambda:<region>:function:<name>:\\*" },
    {
        what: "the path parameters of a route",
        arn: "execute-api:<region>:<name>/(<name>|\\$default)/<name>/<name>/<any>",
        actions: ["execute-api:Invoke"],
    },
    { what: "the suffix of a secret", arn: "secretsmanager:<region>:secret:<path>-(\\*|\\?{6})" },
    { what: "the secrets of a connection", arn: "secretsmanager:<region>:secret:events!connection/<name>/\\*" },
    { what: "the suffix of an API destination", arn: "events:<region>:api-destination/<name>/\\*" },
    { what: "the parameters below a path", arn: "ssm:<region>:parameter/<path>/\\*" },
    { what: "the topics below a topic", arn: "iot:<region>:(topic|topicfilter)/<path>/\\*" },
    { what: "the endpoints of a platform application", arn: "sns:<region>:endpoint/<name>/<name>/\\*" },
    { what: "the fields of a GraphQL API", arn: "appsync:<region>:apis/<name>/<any>", actions: ["appsync:GraphQL"] },
    { what: "the tables of a database", arn: "glue:<region>:table/<name>/\\*" },
    { what: "the report groups of a build", arn: "codebuild:<region>:report-group/<name>-\\*" },
    { what: "a model in all Regions that serve it", arn: "bedrock:\\*::foundation-model/<name>" },
];

const PARTS: Readonly<Record<string, string>> = {
    "<region>": "[a-z0-9-]+:[0-9]+",
    "<name>": "[^:/*?$]+",
    // A secret, a parameter or a log group may have slashes in its name.
    "<path>": "[^:*?$]+",
    "<any>": ".+",
};

const COMPILED = RUN_TIME_NAMES.map(({ arn, actions }) => {
    const pattern = arn.replace(/<[a-z]+>/g, (part) => PARTS[part] ?? part);
    return { pattern: new RegExp(`^arn:[a-z-]+:${pattern}$`), actions };
});

/** Whether a wildcard in a resource stands only for what has no name when the policy is written. */
export function standsForRunTimeNames(pattern: string, statement: Statement): boolean {
    return COMPILED.some(({ pattern: known, actions }) => {
        return known.test(pattern) && (actions === undefined || allowsOnly(statement, actions));
    });
}

/** Whether a statement names no actions but these. */
export function allowsOnly({ actions: { inverted, patterns } }: Statement, actions: readonly string[]): boolean {
    return !inverted && patterns.every((pattern) => actions.some((action) => actionCovers(action, pattern)));
}
