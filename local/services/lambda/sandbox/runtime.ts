import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import type { FunctionError, InvokeMessage, RuntimeMessage, RuntimeSettings } from "./protocol";

/*
 * The Node.js runtime of a sandbox: what runs in the worker thread and calls the handler, after the model of AWS's own
 * runtime interface client (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client). The sandbox compiles
 * this one file by itself: it may import nothing but Node's modules and types.
 */

type Callback = (error?: unknown, result?: unknown) => void;
type Handler = (event: unknown, context: unknown, callback: Callback) => unknown;

/** A problem with the package rather than in the function's code. */
class RuntimeProblem extends Error {
    constructor(
        override readonly name: string,
        message: string,
    ) {
        super(message);
    }
}

const settings = workerData as RuntimeSettings;
let currentRequest = "";

start();

function start(): void {
    process.setSourceMapsEnabled(true);
    captureOutput();
    guardProcess();
    process.on("uncaughtException", (error) => {
        end(toFunctionError(error), 129);
    });
    process.on("unhandledRejection", (reason) => {
        const error = toFunctionError(reason);
        const errorMessage = `${error.errorType}: ${error.errorMessage}`;
        end({ errorType: "Runtime.UnhandledPromiseRejection", errorMessage, trace: error.trace }, 128);
    });
    loadHandler().then(serve, (error: unknown) => {
        post({ type: "init-error", error: toFunctionError(error) });
    });
}

function serve(handler: Handler): void {
    parentPort?.on("message", (message: InvokeMessage) => {
        void run(handler, message);
    });
    post({ type: "ready" });
}

async function run(handler: Handler, { requestId, payload, deadline }: InvokeMessage): Promise<void> {
    currentRequest = requestId;
    try {
        const result = await call(handler, JSON.parse(payload), contextOf(requestId, deadline));
        post({ type: "result", requestId, payload: serialize(result) });
    } catch (error) {
        const reported = toFunctionError(error);
        console.error("Invoke Error", JSON.stringify(reported));
        post({ type: "error", requestId, error: reported });
    }
}

/** A handler answers with a promise or, up to Node.js 22, through the callback that is its third parameter. */
function call(handler: Handler, event: unknown, context: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
        const returned = handler(event, context, (error, result) => {
            if (error === undefined || error === null) {
                resolve(result);
            } else {
                reject(error instanceof Error ? error : new Error(format(error)));
            }
        });
        if (handler.length < 3 || returned instanceof Promise) {
            Promise.resolve(returned).then(resolve, reject);
        }
    });
}

function contextOf(requestId: string, deadline: number): unknown {
    return {
        callbackWaitsForEmptyEventLoop: true,
        functionName: settings.functionName,
        functionVersion: "$LATEST",
        invokedFunctionArn: settings.functionArn,
        memoryLimitInMB: String(settings.memoryMb),
        awsRequestId: requestId,
        logGroupName: settings.logGroupName,
        logStreamName: settings.logStreamName,
        getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
}

function serialize(result: unknown): string {
    try {
        // Inside an array, what has no JSON form becomes null, which is what Lambda answers for it.
        return JSON.stringify([result]).slice(1, -1);
    } catch (cause) {
        throw new Error("Unable to stringify response body", { cause });
    }
}

async function loadHandler(): Promise<Handler> {
    const directory = path.join(settings.taskRoot, path.dirname(settings.handler));
    const [, moduleName, exportPath] = /^([^.]*)\.(.+)$/.exec(path.basename(settings.handler)) ?? [];
    if (moduleName === undefined || exportPath === undefined) {
        throw new RuntimeProblem("Runtime.MalformedHandlerName", "Bad handler");
    }
    const module = await loadModule(path.join(directory, moduleName));
    const handler = exportPath.split(".").reduce<unknown>((value, name) => memberOf(value, name), module);
    if (handler === undefined) {
        throw new RuntimeProblem("Runtime.HandlerNotFound", `${settings.handler} is undefined or not exported`);
    }
    if (typeof handler !== "function") {
        throw new RuntimeProblem("Runtime.HandlerNotFound", `${settings.handler} is not a function`);
    }
    if (handler.length >= 3 && Number.parseInt(settings.runtime.replace("nodejs", ""), 10) >= 24) {
        throw new RuntimeProblem(
            "Runtime.CallbackHandlerDeprecated",
            "AWS Lambda has removed support for callback-based function " +
                `handlers starting with Node.js 24: make ${settings.handler} an async function`,
        );
    }
    return handler as Handler;
}

function memberOf(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

async function loadModule(file: string): Promise<unknown> {
    try {
        if (existsSync(`${file}.mjs`) || (existsSync(`${file}.js`) && isModulePackage(path.dirname(file)))) {
            return await import(pathToFileURL(existsSync(`${file}.mjs`) ? `${file}.mjs` : `${file}.js`).href);
        }
        const load = createRequire(`${settings.taskRoot}/`);
        return load(existsSync(`${file}.cjs`) ? `${file}.cjs` : file);
    } catch (error) {
        throw loadProblem(error);
    }
}

function loadProblem(error: unknown): unknown {
    const code = memberOf(error, "code");
    if (error instanceof SyntaxError) {
        return new RuntimeProblem("Runtime.UserCodeSyntaxError", `${error.name}: ${error.message}`);
    }
    if (error instanceof Error && (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND")) {
        return new RuntimeProblem("Runtime.ImportModuleError", `${error.name}: ${error.message}`);
    }
    return error;
}

/** Whether the nearest package.json says that `.js` files are ECMAScript modules. */
function isModulePackage(directory: string): boolean {
    const file = path.join(directory, "package.json");
    if (existsSync(file)) {
        return memberOf(JSON.parse(readFileSync(file, "utf8")), "type") === "module";
    }
    return (
        directory.startsWith(settings.taskRoot) &&
        directory !== settings.taskRoot &&
        isModulePackage(path.dirname(directory))
    );
}

/** Sends what the function prints to the log, line by line as CloudWatch would show it. */
function captureOutput(): void {
    const levels = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" } as const;
    for (const [method, level] of Object.entries(levels)) {
        Object.assign(console, {
            [method]: (...values: unknown[]) => {
                post({
                    type: "log",
                    text: `${new Date().toISOString()}\t${currentRequest}\t${level}\t${format(...values)}`,
                });
            },
        });
    }
    for (const stream of [process.stdout, process.stderr]) {
        stream.write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown) => {
            post({
                type: "log",
                text: Buffer.from(chunk as string)
                    .toString("utf8")
                    .replace(/\n$/, ""),
            });
            const done = typeof encoding === "function" ? encoding : callback;
            if (typeof done === "function") {
                queueMicrotask(done as () => void);
            }
            return true;
        };
    }
}

/** A thread shares its process id with the whole local cloud: a function that kills "itself" ends its thread alone. */
function guardProcess(): void {
    const kill = process.kill.bind(process);
    process.kill = (pid, signal) => (pid === process.pid && signal !== 0 ? process.exit(137) : kill(pid, signal));
}

function end(error: FunctionError, code: number): void {
    post({ type: "fatal", error });
    process.exit(code);
}

function toFunctionError(error: unknown): FunctionError {
    if (error instanceof Error) {
        return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
    }
    return { errorType: typeof error, errorMessage: format(error), trace: [] };
}

function post(message: RuntimeMessage): void {
    parentPort?.postMessage(message);
}
