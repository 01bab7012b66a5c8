import assert from "node:assert/strict";
import type { Principal } from "../../../../local/aws/authorization";
import { ADMINISTRATOR } from "../../../../local/signing/credentials";
import type { FunctionSettings } from "../../../../local/services/lambda/function";
import { ROLE_ARN, TestServices } from "../../../support/test-services";

const PAYLOAD_LIMIT = 6_291_456;

describe("LambdaFunctions", () => {
    let services: TestServices;

    beforeEach(async () => {
        services = await TestServices.start();
    });

    afterEach(async () => {
        await services.close();
    });

    const invoke = (arn: string, payload: unknown = {}, caller: Principal = ADMINISTRATOR) =>
        services.functions.invoke(arn, payload, caller);
    const run = async (code: string, settings: Partial<FunctionSettings> = {}, payload: unknown = {}) =>
        invoke(services.function("tested", code, settings), payload);
    const result = async (
        code: string,
        settings: Partial<FunctionSettings> = {},
        payload: unknown = {},
    ): Promise<unknown> => {
        const outcome = await run(code, settings, payload);
        assert.ok(outcome.ok, JSON.stringify(outcome));
        return outcome.payload;
    };

    describe("a handler", () => {
        it("gets the event and answers with its result, both as JSON", async () => {
            assert.deepEqual(
                await result(
                    "exports.handler = async (event) => ({ ...event, at: new Date(0), gone: undefined });",
                    {},
                    { a: [1] },
                ),
                { a: [1], at: "1970-01-01T00:00:00.000Z" },
            );
        });

        it("that returns nothing, or what has no JSON form, answers null", async () => {
            assert.equal(await result("exports.handler = async () => {};"), null);
            services.functions.delete("tested");
            assert.equal(await result("exports.handler = async () => Symbol('x');"), null);
        });

        it("may be synchronous, or take a callback up to Node.js 22", async () => {
            assert.equal(await result("exports.handler = () => 5;"), 5);
            services.functions.delete("tested");
            assert.equal(
                await result("exports.handler = (event, context, callback) => { setImmediate(callback, null, 6); };"),
                6,
            );
        });

        it("with a callback is refused on Node.js 24, as there", async () => {
            const outcome = await run("exports.handler = (event, context, callback) => callback(null, 6);", {
                runtime: "nodejs24.x",
            });
            assert.equal(outcome.ok ? "" : outcome.errorType, "Runtime.CallbackHandlerDeprecated");
        });

        it("may be an ECMAScript module, by extension or by package.json", async () => {
            const code = "export const handler = async () => import.meta.url.slice(-9);";
            assert.equal(await result("", { code: new Map([["index.mjs", Buffer.from(code)]]) }), "index.mjs");
            services.functions.delete("tested");
            const files = new Map([
                ["index.js", Buffer.from(code)],
                ["package.json", Buffer.from('{"type":"module"}')],
            ]);
            assert.equal(await result("", { code: files }), "/index.js");
        });

        it("may be nested in directories and exports, and load its own files", async () => {
            const code = new Map([
                ["src/app.js", Buffer.from("exports.api = { get: async () => require('./data.json').text };")],
                ["src/data.json", Buffer.from('{"text":"ä"}')],
            ]);
            assert.equal(await result("", { code, handler: "src/app.api.get" }), "ä");
        });

        it("learns about its invocation from the context", async () => {
            const context = (await result(
                `exports.handler = async (event, context) => {
                const left = context.getRemainingTimeInMillis();
                return { ...context, left: left > 0 && left <= 7000 };
            };`,
                { timeoutSeconds: 7, memoryMb: 256, logGroupName: "tested-logs" },
            )) as Record<string, unknown>;
            assert.match(String(context["awsRequestId"]), /^[0-9a-f-]{36}$/);
            assert.match(String(context["logStreamName"]), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
            assert.deepEqual(
                { ...context, awsRequestId: "", logStreamName: "" },
                {
                    callbackWaitsForEmptyEventLoop: true,
                    functionName: "tested",
                    functionVersion: "$LATEST",
                    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:tested",
                    memoryLimitInMB: "256",
                    awsRequestId: "",
                    logGroupName: "tested-logs",
                    logStreamName: "",
                    left: true,
                },
            );
        });
    });

    describe("the environment", () => {
        it("is the function's own and Lambda's, with nothing of this process", async () => {
            process.env["TEST_ONLY_SECRET"] = "x";
            const env = (await result("exports.handler = async () => process.env;", {
                environment: { TABLE: "orders" },
            })) as Record<string, string>;
            delete process.env["TEST_ONLY_SECRET"];
            const {
                AWS_ACCESS_KEY_ID,
                AWS_SECRET_ACCESS_KEY,
                AWS_SESSION_TOKEN,
                AWS_LAMBDA_LOG_STREAM_NAME,
                LAMBDA_TASK_ROOT,
                HOME,
                ...rest
            } = env;
            for (const value of [
                AWS_ACCESS_KEY_ID,
                AWS_SECRET_ACCESS_KEY,
                AWS_SESSION_TOKEN,
                AWS_LAMBDA_LOG_STREAM_NAME,
                LAMBDA_TASK_ROOT,
                HOME,
            ]) {
                assert.ok(value);
            }
            assert.deepEqual(rest, {
                PATH: "/usr/local/bin:/usr/bin:/bin",
                LANG: "en_US.UTF-8",
                TZ: ":UTC",
                TABLE: "orders",
                _HANDLER: "index.handler",
                AWS_REGION: "us-east-1",
                AWS_DEFAULT_REGION: "us-east-1",
                AWS_ENDPOINT_URL: services.endpoint,
                AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
                AWS_LAMBDA_FUNCTION_NAME: "tested",
                AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
                AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
                AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
                AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/tested",
                AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
            });
        });

        it("has credentials of a session of the function's role", async () => {
            const key = await result("exports.handler = async () => process.env.AWS_ACCESS_KEY_ID;");
            assert.deepEqual(services.credentials.find(String(key))?.principal, {
                kind: "role",
                arn: "arn:aws:sts::000000000000:assumed-role/tested-role/tested",
                roleArn: ROLE_ARN,
                sessionName: "tested",
            });
        });

        it("is a new one, with new credentials, before the old ones expire", async () => {
            const arn = services.function("tested", "exports.handler = async () => process.env.AWS_ACCESS_KEY_ID;");
            const [first, again] = [await invoke(arn), await invoke(arn)];
            assert.deepEqual(first, again);
            services.advance(12 * 3_600_000 - 60_000);
            assert.notDeepEqual(await invoke(arn), first);
        });

        it("is kept warm between invocations, one invocation at a time", async () => {
            const arn = services.function(
                "tested",
                `let count = 0, busy = 0;
                exports.handler = async () => {
                    busy++; await new Promise((r) => setTimeout(r, 20)); const seen = busy; busy--;
                    return [++count, seen];
                };`,
            );
            assert.deepEqual(await invoke(arn), { ok: true, payload: [1, 1] });
            assert.deepEqual(await invoke(arn), { ok: true, payload: [2, 1] });
            const together = await Promise.all([invoke(arn), invoke(arn), invoke(arn)]);
            assert.deepEqual(
                together.map((outcome) => outcome.ok && (outcome.payload as number[])[1]),
                [1, 1, 1],
            );
        });
    });

    describe("a function that fails", () => {
        const fails = (
            title: string,
            code: string,
            expected: { errorType: string; errorMessage: string | RegExp },
            settings: Partial<FunctionSettings> = {},
        ) => {
            it(title, async () => {
                const outcome = await run(code, settings);
                assert.ok(!outcome.ok);
                assert.equal(outcome.errorType, expected.errorType);
                if (typeof expected.errorMessage === "string") {
                    assert.equal(outcome.errorMessage, expected.errorMessage);
                } else {
                    assert.match(outcome.errorMessage, expected.errorMessage);
                }
            });
        };

        fails(
            "by throwing answers with the error's name, message and stack",
            "exports.handler = async () => { throw Object.assign(new Error('no'), { name: 'OrderError' }); };",
            { errorType: "OrderError", errorMessage: "no" },
        );
        fails(
            "by throwing something that is not an error answers with its type",
            "exports.handler = async () => { throw 'no'; };",
            { errorType: "string", errorMessage: "no" },
        );
        fails(
            "by rejecting through the callback",
            "exports.handler = (event, context, callback) => callback(new TypeError('no'));",
            { errorType: "TypeError", errorMessage: "no" },
        );
        fails(
            "by taking too long is ended",
            "exports.handler = () => new Promise(() => setInterval(() => {}, 1000));",
            {
                errorType: "Sandbox.Timedout",
                errorMessage: /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
            },
            { timeoutSeconds: 1 },
        );
        fails(
            "by looping for ever is ended",
            "exports.handler = async () => { for (;;); };",
            { errorType: "Sandbox.Timedout", errorMessage: /Task timed out after 1\.00 seconds$/ },
            { timeoutSeconds: 1 },
        );
        fails("by exiting ends alone", "exports.handler = async () => process.exit(3);", {
            errorType: "Runtime.ExitError",
            errorMessage: /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
        });
        fails("by exiting without an error", "exports.handler = async () => process.exit();", {
            errorType: "Runtime.ExitError",
            errorMessage: /Runtime exited without providing a reason$/,
        });
        fails(
            "by killing its process ends alone",
            "exports.handler = async () => { process.kill(process.pid, 'SIGKILL'); };",
            { errorType: "Runtime.ExitError", errorMessage: /exit status 137$/ },
        );
        fails(
            "by throwing outside its promise",
            "exports.handler = () => new Promise(() => setImmediate(() => { throw new RangeError('late'); }));",
            { errorType: "RangeError", errorMessage: "late" },
        );
        fails(
            "by a rejection that nobody handles",
            "exports.handler = () => new Promise(() => { Promise.reject(new RangeError('late')); });",
            { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "RangeError: late" },
        );
        fails(
            "by running out of memory ends alone",
            "exports.handler = async () => { const a = []; for (;;) a.push(new Array(1e5).fill({})); };",
            { errorType: "Runtime.ExitError", errorMessage: /memory/ },
            { timeoutSeconds: 15 },
        );
        fails(
            "because its module is missing",
            "",
            { errorType: "Runtime.ImportModuleError", errorMessage: /^Error: Cannot find module '.*gone'/ },
            { handler: "gone.handler" },
        );
        fails("because its module needs one that is missing", "require('nowhere');", {
            errorType: "Runtime.ImportModuleError",
            errorMessage: /Cannot find module 'nowhere'/,
        });
        fails("because its handler is missing", "exports.other = 1;", {
            errorType: "Runtime.HandlerNotFound",
            errorMessage: "index.handler is undefined or not exported",
        });
        fails("because its handler is no function", "exports.handler = 1;", {
            errorType: "Runtime.HandlerNotFound",
            errorMessage: "index.handler is not a function",
        });
        fails(
            "because its handler is misnamed",
            "",
            { errorType: "Runtime.MalformedHandlerName", errorMessage: "Bad handler" },
            { handler: "index" },
        );
        fails("because its code does not parse", "exports.handler = (", {
            errorType: "Runtime.UserCodeSyntaxError",
            errorMessage: /^SyntaxError/,
        });
        fails("while it loads", "throw new URIError('bad config');", {
            errorType: "URIError",
            errorMessage: "bad config",
        });
        fails("by a result that is not JSON", "exports.handler = async () => { const a = {}; a.a = a; return a; };", {
            errorType: "Error",
            errorMessage: "Unable to stringify response body",
        });
        fails("by a response over 6 MB", `exports.handler = async () => 'x'.repeat(${PAYLOAD_LIMIT + 200});`, {
            errorType: "Function.ResponseSizeTooLarge",
            errorMessage: /exceeded maximum allowed payload size \(6291556 bytes\)/,
        });

        it("is started anew for the next invocation", async () => {
            const arn = services.function(
                "tested",
                "let n = 0; exports.handler = async ({ exit }) => { n++; if (exit) process.exit(1); return n; };",
            );
            assert.deepEqual(await invoke(arn), { ok: true, payload: 1 });
            assert.equal((await invoke(arn, { exit: true })).ok, false);
            assert.deepEqual(await invoke(arn), { ok: true, payload: 1 });
        });

        it("after throwing keeps its environment", async () => {
            const arn = services.function(
                "tested",
                "let n = 0; exports.handler = async ({ fail }) => { n++; if (fail) throw new Error('x'); return n; };",
            );
            await invoke(arn, { fail: true });
            assert.deepEqual(await invoke(arn), { ok: true, payload: 2 });
        });

        it("shows the place in its source, by the source map of its bundle", async () => {
            const { buildSync } = await import("esbuild");
            const {
                outputFiles: [map, script],
            } = buildSync({
                stdin: {
                    contents:
                        "type A = 1;\n\nexport const handler = async () => {\n  throw Error('' satisfies string);\n};",
                    sourcefile: "orders.ts",
                    loader: "ts",
                },
                format: "cjs",
                bundle: true,
                minify: true,
                sourcemap: true,
                write: false,
                outfile: "index.js",
            });
            assert.ok(map !== undefined && script !== undefined);
            const outcome = await run("", {
                code: new Map([
                    ["index.js", script.contents],
                    ["index.js.map", map.contents],
                ]),
            });
            assert.match((outcome.ok ? [] : (outcome.stack ?? [])).join("\n"), /orders\.ts:4:9/);
        });
    });

    describe("concurrency", () => {
        const SLOW = "exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 200, 'done'));";

        it("beyond the function's reservation is throttled", async () => {
            const arn = services.function("tested", SLOW, { reservedConcurrency: 1 });
            const first = invoke(arn);
            await assert.rejects(invoke(arn), {
                code: "TooManyRequestsException",
                status: 429,
                details: { Type: "User", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
            });
            assert.deepEqual(await first, { ok: true, payload: "done" });
            assert.deepEqual(await invoke(arn), { ok: true, payload: "done" });
        });

        it("of a function with a reservation of 0 is always throttled", async () => {
            await assert.rejects(invoke(services.function("tested", SLOW, { reservedConcurrency: 0 })), {
                code: "TooManyRequestsException",
            });
        });

        it("beyond the account's limit, less what others reserved, is throttled", async () => {
            const limited = await TestServices.start({ concurrency: 3 });
            const reserved = limited.function("reserved", SLOW, { reservedConcurrency: 1 });
            const [a, b] = [limited.function("a", SLOW), limited.function("b", SLOW)];
            const running = [a, b, reserved].map((arn) => limited.functions.invoke(arn, {}, ADMINISTRATOR));
            await assert.rejects(limited.functions.invoke(a, {}, ADMINISTRATOR), {
                details: { Type: "User", Reason: "ConcurrentInvocationLimitExceeded" },
            });
            assert.deepEqual(
                (await Promise.all(running)).map(({ ok }) => ok),
                [true, true, true],
            );
            await limited.close();
        });

        it("beyond the threads of this machine waits its turn", async () => {
            const small = await TestServices.start({ sandboxes: 2 });
            const arn = small.function(
                "tested",
                "exports.handler = async (event) => [require('worker_threads').threadId, event];",
            );
            const outcomes = await Promise.all(
                Array.from({ length: 10 }, (_, index) => small.functions.invoke(arn, index, ADMINISTRATOR)),
            );
            const payloads = outcomes.map((outcome) => (outcome.ok ? outcome.payload : []) as number[]);
            assert.deepEqual(
                payloads.map(([, event]) => event),
                [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            );
            assert.equal(new Set(payloads.map(([thread]) => thread)).size, 2);
            await small.close();
        });

        it("that is no longer needed is given up after a while", async () => {
            const impatient = await TestServices.start({ idleMs: 1 });
            const arn = impatient.function("tested", "let n = 0; exports.handler = async () => ++n;");
            await impatient.functions.invoke(arn, {}, ADMINISTRATOR);
            await new Promise((resolve) => setTimeout(resolve, 50));
            assert.deepEqual(await impatient.functions.invoke(arn, {}, ADMINISTRATOR), { ok: true, payload: 1 });
            await impatient.close();
        });
    });

    describe("a new version", () => {
        it("takes over, while invocations under way finish in the old one", async () => {
            const settings = (text: string) => ({
                code: new Map([
                    [
                        "index.js",
                        Buffer.from(
                            `exports.handler = async () => new Promise((done) => setTimeout(done, 100, '${text}'));`,
                        ),
                    ],
                ]),
            });
            const arn = services.function("tested", "", settings("old"));
            await invoke(arn);
            const underWay = invoke(arn);
            const { settings: current } = services.functions.find(arn) ?? assert.fail();
            services.functions.update({ ...current, ...settings("new") });
            assert.deepEqual(await invoke(arn), { ok: true, payload: "new" });
            assert.deepEqual(await underWay, { ok: true, payload: "old" });
        });
    });

    it("takes on its role as Lambda, and is refused as in AWS when the role does not trust Lambda", () => {
        services.function("tested", "");
        assert.deepEqual(services.calls.at(-1), {
            principal: { kind: "service", service: "lambda.amazonaws.com" },
            action: "sts:AssumeRole",
            resource: ROLE_ARN,
            context: {},
        });

        services.deny(({ action }) => action === "sts:AssumeRole");
        const refusal = {
            code: "InvalidParameterValueException",
            message: "The role defined for the function cannot be assumed by Lambda.",
        };
        assert.throws(() => services.function("another", ""), refusal);
        const { settings } = services.functions.find("tested") ?? assert.fail();
        assert.throws(() => services.functions.update(settings), refusal);
    });

    it("asks the gate for lambda:InvokeFunction as the caller, before it looks for the function", async () => {
        services.deny(() => true);
        const caller: Principal = { kind: "service", service: "apigateway.amazonaws.com", sourceArn: "arn:x" };
        await assert.rejects(invoke("arn:aws:lambda:us-east-1:000000000000:function:gone", {}, caller), {
            code: "AccessDeniedException",
        });
        assert.deepEqual(services.calls, [
            {
                principal: caller,
                action: "lambda:InvokeFunction",
                resource: "arn:aws:lambda:us-east-1:000000000000:function:gone",
                context: {},
            },
        ]);
    });

    it("rejects a function that does not exist, and qualifiers, as an AwsError", async () => {
        await assert.rejects(invoke("gone"), { code: "ResourceNotFoundException", status: 404 });
        services.function("tested", "");
        await assert.rejects(invoke("tested:prod"), {
            code: "InvalidParameterValueException",
            message: /neither versions nor aliases: prod/,
        });
        await assert.rejects(invoke("arn:aws:lambda:eu-west-1:000000000000:function:tested"), {
            code: "ResourceNotFoundException",
        });
    });

    it("rejects a payload over 6 MB", async () => {
        const arn = services.function("tested", "exports.handler = async () => 1;");
        await assert.rejects(invoke(arn, "x".repeat(PAYLOAD_LIMIT)), {
            code: "RequestEntityTooLargeException",
            status: 413,
        });
    });

    it("writes what the function prints to the log, with its name and request id", async () => {
        const arn = services.function(
            "tested",
            `exports.handler = async (event, context) => {
            console.log("order %d", 42, { paid: true });
            console.error(new Error("bad").message);
            process.stdout.write(JSON.stringify({ id: context.awsRequestId }) + "\\n");
            return context.awsRequestId;
        };`,
        );
        const outcome = await invoke(arn);
        const id = outcome.ok ? String(outcome.payload) : "";
        const lines = services.log.map((line) => line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, "TIME"));
        assert.deepEqual(lines, [
            `tested ${id} TIME\t${id}\tINFO\torder 42 { paid: true }`,
            `tested ${id} TIME\t${id}\tERROR\tbad`,
            `tested ${id} {"id":"${id}"}`,
        ]);
    });

    it("runs a function that may not write its log, and says that the log is lost", async () => {
        services.deny(({ action }) => action === "logs:PutLogEvents");
        const arn = services.function("tested", "exports.handler = async () => { console.log('unread'); return 1; };");
        const outcome = await invoke(arn);
        assert.deepEqual(outcome, { ok: true, payload: 1 });
        assert.equal(services.log.length, 1);
        assert.match(services.log[0] ?? "", /the log of tested is lost: not authorized to perform: logs:PutLogEvents/);
    });

    it("refuses what it cannot run", () => {
        const refused = (settings: Partial<FunctionSettings>, problem: RegExp): void => {
            assert.throws(() => services.function("tested", "", settings), problem);
        };
        refused({ runtime: "python3.13" }, /runs Node\.js functions only; tested has the runtime python3\.13/);
        refused({ timeoutSeconds: 901 }, /1 to 900 seconds/);
        refused({ memoryMb: 64 }, /128 to 10240 MB/);
        refused({ code: new Map() }, /archive of tested is empty/);
        refused({ code: new Map([["../x.js", Buffer.from("")]]) }, /path outside of it: \.\.\/x\.js/);
        refused({ environment: { A: "x".repeat(4_096) } }, /limit of 4 KB/);
        refused({ deadLetterArn: "arn:aws:sns:us-east-1:000000000000:topic" }, /SQS queues only/);
    });

    it("ends every thread when it closes, also those that never answer", async () => {
        const own = await TestServices.start();
        const arn = own.function("tested", "exports.handler = () => new Promise(() => setInterval(() => {}, 1000));", {
            timeoutSeconds: 900,
        });
        const outcome = own.functions.invoke(arn, {}, ADMINISTRATOR);
        await own.close();
        assert.equal((await outcome).ok, false);
    });
});
