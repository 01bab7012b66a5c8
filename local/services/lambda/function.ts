import { LIMITS, requireText } from "../../aws/limits";
import { createHash, randomUUID } from "node:crypto";
import { arn, REGION } from "../../aws/account";
import type { ArchiveFiles } from "../../resources/resource";
import { AwsError } from "../../aws/aws-error";
import type { TemporaryCredentials } from "../../signing/credentials";

/** How a function is configured. */
export interface FunctionSettings {
    readonly name: string;
    readonly roleArn: string;
    /** For example `index.handler`. */
    readonly handler: string;
    /** A Node.js runtime: `nodejs22.x`. The function runs on the Node.js of the local cloud, whichever it names. */
    readonly runtime: string;
    readonly code: ArchiveFiles;
    readonly environment: Readonly<Record<string, string>>;
    /** 1 to 900. */
    readonly timeoutSeconds: number;
    /** 128 to 10,240. */
    readonly memoryMb: number;
    readonly architectures: readonly string[];
    readonly description?: string;
    /** 0 stops the function. Without one, it shares the account's. */
    readonly reservedConcurrency?: number;
    /** An SQS queue for asynchronous invocations that failed, the older way beside a failure destination. */
    readonly deadLetterArn?: string;
    /** Defaults to `/aws/lambda/<name>`. */
    readonly logGroupName?: string;
}

/** How asynchronous invocations are treated. */
export interface EventInvokeSettings {
    /** 0 to 2. Defaults to 2. */
    readonly maximumRetryAttempts?: number;
    /** 60 to 21,600. Defaults to 21,600. */
    readonly maximumEventAgeInSeconds?: number;
    /** An SQS queue. */
    readonly onFailureArn?: string;
    /** An SQS queue. */
    readonly onSuccessArn?: string;
}

export function functionArn(name: string): string {
    return arn("lambda", `function:${name}`);
}

/** Lambda's limit for names and values of all variables together. */
const MAX_ENVIRONMENT_BYTES = 4_096;

/** @throws AwsError InvalidParameterValueException for what Lambda or the local cloud does not accept. */
export function validateSettings(settings: FunctionSettings): void {
    const { name, runtime, timeoutSeconds, memoryMb, code, environment, deadLetterArn, reservedConcurrency } = settings;
    requireText(LIMITS.functionDescription, settings.description);
    requireThat(/^[\w-]{1,64}$/.test(name), `The function name ${name} must be 1 to 64 letters, digits, - or _`);
    requireThat(
        /^nodejs\d+\.x$/.test(runtime),
        `The local cloud runs Node.js functions only; ${name} has the runtime ${runtime}`,
    );
    requireThat(
        isWithin(timeoutSeconds, 1, 900),
        `The timeout of ${name} must be 1 to 900 seconds, not ${timeoutSeconds}`,
    );
    requireThat(isWithin(memoryMb, 128, 10_240), `The memory size of ${name} must be 128 to 10240 MB, not ${memoryMb}`);
    requireThat(code.size > 0, `The archive of ${name} is empty`);
    requireThat(
        Buffer.byteLength(JSON.stringify(environment)) <= MAX_ENVIRONMENT_BYTES,
        `The environment variables of ${name} exceed Lambda's limit of 4 KB`,
    );
    requireThat(
        deadLetterArn === undefined || deadLetterArn.startsWith("arn:aws:sqs:"),
        `The local cloud serves SQS queues only as dead-letter targets; ${name} has ${deadLetterArn ?? ""}`,
    );
    requireThat(
        reservedConcurrency === undefined || isWithin(reservedConcurrency, 0, 1_000),
        `The reserved concurrency of ${name} must be 0 to 1000`,
    );
}

/** @throws AwsError InvalidParameterValueException. */
export function validateEventInvoke(name: string, settings: EventInvokeSettings): void {
    const { maximumRetryAttempts = 2, maximumEventAgeInSeconds = 21_600, onFailureArn, onSuccessArn } = settings;
    requireThat(isWithin(maximumRetryAttempts, 0, 2), `MaximumRetryAttempts of ${name} must be 0 to 2`);
    requireThat(
        isWithin(maximumEventAgeInSeconds, 60, 21_600),
        `MaximumEventAgeInSeconds of ${name} must be 60 to 21600`,
    );
    for (const destination of [onFailureArn, onSuccessArn]) {
        requireThat(
            destination === undefined || destination.startsWith("arn:aws:sqs:"),
            `The local cloud serves SQS queues only as destinations; ${name} has ${destination ?? ""}`,
        );
    }
}

/**
 * What a sandbox sees in `process.env`: the variables that Lambda sets, the function's own, nothing of this process.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function sandboxEnvironment(
    settings: FunctionSettings,
    place: {
        readonly taskRoot: string;
        readonly home: string;
        readonly awsEndpoint: string;
        readonly logStreamName: string;
    },
    credentials: TemporaryCredentials,
): Readonly<Record<string, string>> {
    return {
        PATH: "/usr/local/bin:/usr/bin:/bin",
        LANG: "en_US.UTF-8",
        // As Lambda sets it. The time zone of a thread is its process's all the same.
        TZ: ":UTC",
        HOME: place.home,
        LAMBDA_TASK_ROOT: place.taskRoot,
        AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
        // The bundle is made for the runtime it names, so the SDK's advice about this process's Node.js misleads.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
        ...settings.environment,
        _HANDLER: settings.handler,
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ENDPOINT_URL: place.awsEndpoint,
        AWS_LAMBDA_FUNCTION_NAME: settings.name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
        AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
        AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(settings),
        AWS_LAMBDA_LOG_STREAM_NAME: place.logStreamName,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
    };
}

export function logGroupOf({ name, logGroupName }: FunctionSettings): string {
    return logGroupName ?? `/aws/lambda/${name}`;
}

export function newLogStreamName(now: number): string {
    const date = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
    return `${date}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
}

/** A digest of the archive's names and contents, in base64 as Lambda's CodeSha256 is. */
export function codeDigest(files: ArchiveFiles): string {
    const hash = createHash("sha256");
    for (const name of [...files.keys()].sort()) {
        const content = files.get(name) ?? new Uint8Array();
        hash.update(`${name}\0${content.byteLength}\0`).update(content);
    }
    return hash.digest("base64");
}

export function codeSize(files: ArchiveFiles): number {
    return [...files.values()].reduce((bytes, content) => bytes + content.byteLength, 0);
}

function isWithin(value: number, minimum: number, maximum: number): boolean {
    return Number.isInteger(value) && value >= minimum && value <= maximum;
}

function requireThat(condition: boolean, text: string): void {
    if (!condition) {
        throw new AwsError("InvalidParameterValueException", text);
    }
}
