import { arn } from "../../aws/account";
import type { Authorize } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { TemporaryCredentials } from "../../signing/credentials";
import { roleSession } from "../../signing/role-session";
import type { FunctionSettings } from "./function";
import { functionArn, logGroupOf, newLogStreamName, sandboxEnvironment } from "./function";
import { Sandbox } from "./sandbox/sandbox";
import type { Workspace } from "./sandbox/workspace";

export interface SandboxDependencies {
    readonly authorize: Authorize;
    /** Epoch milliseconds. */
    readonly clock: () => number;
    readonly issueRoleCredentials: (roleArn: string, sessionName: string) => TemporaryCredentials;
    /** The edge's base URL, which functions get as AWS_ENDPOINT_URL. */
    readonly awsEndpoint: () => string;
    /** One line at a time: what functions print, with function name and request id, and what Lambda has to say. */
    readonly log: (line: string) => void;
}

/** Starts an execution environment of a function whose archive is in `taskRoot`, with credentials of its own. */
export function createSandbox(
    settings: FunctionSettings,
    taskRoot: string,
    workspace: Workspace,
    dependencies: SandboxDependencies,
): Sandbox {
    const { clock, log, issueRoleCredentials, awsEndpoint } = dependencies;
    const credentials = issueRoleCredentials(settings.roleArn, settings.name);
    const logStreamName = newLogStreamName(clock());
    const writesLog = mayWriteLog(settings, logStreamName, dependencies);
    const place = { taskRoot, home: workspace.home, awsEndpoint: awsEndpoint(), logStreamName };
    return new Sandbox({
        runtimeFile: workspace.runtimeFile,
        settings: {
            taskRoot,
            handler: settings.handler,
            runtime: settings.runtime,
            functionName: settings.name,
            functionArn: functionArn(settings.name),
            memoryMb: settings.memoryMb,
            logGroupName: logGroupOf(settings),
            logStreamName,
        },
        environment: sandboxEnvironment(settings, place, credentials),
        timeoutSeconds: settings.timeoutSeconds,
        credentialsExpireAt: credentials.expiration,
        log: (requestId, text) => {
            if (writesLog) {
                log(`${settings.name} ${requestId} ${text}`);
            }
        },
    });
}

/** Lambda writes a function's log under the function's role. One that may not runs all the same, and nobody reads it. */
function mayWriteLog(
    settings: FunctionSettings,
    logStreamName: string,
    { authorize, log }: SandboxDependencies,
): boolean {
    const principal = roleSession(settings.roleArn, settings.name);
    const resource = arn("logs", `log-group:${logGroupOf(settings)}:log-stream:${logStreamName}`);
    try {
        for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
            authorize({ principal, action, resource, context: {} });
        }
        return true;
    } catch (error) {
        if (!(error instanceof AwsError)) {
            throw error;
        }
        log(`lambda: the log of ${settings.name} is lost: ${error.message}`);
        return false;
    }
}
