import type { TemporaryCredentials } from "../credentials";
import type { FunctionSettings } from "./function";
import { functionArn, logGroupOf, newLogStreamName, sandboxEnvironment } from "./function";
import { Sandbox } from "./sandbox";
import type { Workspace } from "./workspace";

export interface SandboxDependencies {
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
            log(`${settings.name} ${requestId} ${text}`);
        },
    });
}
