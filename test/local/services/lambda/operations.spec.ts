import assert from "node:assert/strict";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import {
    DeleteFunctionCommand,
    GetFunctionCommand,
    GetFunctionConfigurationCommand,
    GetPolicyCommand,
    InvokeCommand,
    ListFunctionsCommand,
} from "@aws-sdk/client-lambda";
import { ROLE_ARN, TestServices } from "../../../support/test-services";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:tested";

describe("Lambda at the edge", () => {
    let services: TestServices;
    let client: LambdaClient;

    beforeEach(async () => {
        services = await TestServices.start();
        client = services.lambda();
    });

    afterEach(async () => {
        await services.close();
    });

    const text = (payload: Uint8Array | undefined): string => Buffer.from(payload ?? []).toString("utf8");

    it("invokes a function by name, ARN, partial ARN or $LATEST", async () => {
        services.function("tested", "exports.handler = async (event) => ({ got: event });");
        for (const FunctionName of ["tested", ARN, "000000000000:function:tested", `${ARN}:$LATEST`]) {
            const { StatusCode, Payload, ExecutedVersion, FunctionError } = await client.send(
                new InvokeCommand({ FunctionName, Payload: '{"a":"ä"}' }),
            );
            assert.deepEqual(
                [StatusCode, text(Payload), ExecutedVersion, FunctionError],
                [200, '{"got":{"a":"ä"}}', "$LATEST", undefined],
            );
        }
    });

    it("gives a function without a payload an empty event", async () => {
        services.function("tested", "exports.handler = async (event) => event;");
        assert.equal(text((await client.send(new InvokeCommand({ FunctionName: "tested" }))).Payload), "{}");
    });

    it("answers a function's error with 200 and the error as payload", async () => {
        services.function("tested", "exports.handler = async () => { throw new TypeError('no'); };");
        const { StatusCode, FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: "tested" }));
        const error = JSON.parse(text(Payload)) as { trace: string[] };
        assert.deepEqual([StatusCode, FunctionError], [200, "Unhandled"]);
        assert.deepEqual(
            { ...error, trace: error.trace[0] },
            { errorType: "TypeError", errorMessage: "no", trace: "TypeError: no" },
        );
    });

    it("gives the tail of the log when asked", async () => {
        services.function(
            "tested",
            "exports.handler = async () => { console.log('x'.repeat(5000)); console.log('the end'); };",
        );
        const { LogResult, $metadata } = await client.send(
            new InvokeCommand({ FunctionName: "tested", LogType: "Tail" }),
        );
        const log = Buffer.from(LogResult ?? "", "base64");
        assert.equal(log.length, 4_096);
        assert.match(
            log.toString(),
            new RegExp(`the end\\nEND RequestId: ${$metadata.requestId ?? ""}\\nREPORT .*\\tDuration: [\\d.]+ ms\\n$`),
        );
        assert.equal((await client.send(new InvokeCommand({ FunctionName: "tested" }))).LogResult, undefined);
    });

    it("queues an event and answers 202", async () => {
        services.function("tested", "exports.handler = async (event) => { console.log('got ' + event.n); };");
        const { StatusCode, Payload } = await client.send(
            new InvokeCommand({ FunctionName: "tested", InvocationType: "Event", Payload: '{"n":7}' }),
        );
        assert.deepEqual([StatusCode, text(Payload)], [202, ""]);
        await services.logged("got 7");
    });

    it("checks permission and existence in a dry run, and runs nothing", async () => {
        services.function("tested", "exports.handler = async () => { console.log('ran'); };");
        const dryRun = (FunctionName: string) =>
            client.send(new InvokeCommand({ FunctionName, InvocationType: "DryRun" }));
        assert.equal((await dryRun("tested")).StatusCode, 204);
        await assert.rejects(dryRun("gone"), { name: "ResourceNotFoundException" });
        services.deny(() => true);
        await assert.rejects(dryRun("tested"), { name: "AccessDeniedException" });
        assert.deepEqual(services.log, []);
    });

    it("rejects what AWS rejects, with its codes", async () => {
        services.function("tested", "exports.handler = async () => 1;", { reservedConcurrency: 0 });
        const invoke = (options: Partial<ConstructorParameters<typeof InvokeCommand>[0]>) =>
            client.send(new InvokeCommand({ FunctionName: "tested", ...options }));
        await assert.rejects(invoke({ FunctionName: "gone" }), {
            name: "ResourceNotFoundException",
            message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:gone",
            Type: "User",
        });
        await assert.rejects(invoke({ Payload: "{" }), {
            name: "InvalidRequestContentException",
            message: /Could not parse request body into json/,
        });
        await assert.rejects(invoke({}), {
            name: "TooManyRequestsException",
            Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
        });
        await assert.rejects(invoke({ Qualifier: "prod" }), {
            name: "InvalidParameterValueException",
            message: /neither versions nor aliases: prod/,
        });
        await assert.rejects(invoke({ Payload: JSON.stringify("x".repeat(6_291_456)) }), {
            name: "RequestEntityTooLargeException",
            message: "6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
        });
    });

    it("passes the gate as the caller, with the function's ARN", async () => {
        services.function("tested", "exports.handler = async () => 1;");
        await client.send(new InvokeCommand({ FunctionName: "tested" }));
        await client.send(new GetFunctionCommand({ FunctionName: "tested" }));
        assert.deepEqual(
            services.calls.map(({ principal, action, resource }) => [principal.kind, action, resource]),
            [
                ["service", "sts:AssumeRole", ROLE_ARN],
                ["administrator", "lambda:InvokeFunction", ARN],
                ["administrator", "lambda:GetFunction", ARN],
            ],
        );
    });

    it("deletes a function, as somebody might by hand", async () => {
        services.function("tested", "exports.handler = async () => 1;");
        await client.send(new DeleteFunctionCommand({ FunctionName: "tested" }));
        await assert.rejects(client.send(new GetFunctionCommand({ FunctionName: "tested" })), {
            name: "ResourceNotFoundException",
        });
    });

    it("lets a function call another with nothing but its environment", async () => {
        services.function("tested", "exports.handler = async (event) => ({ inner: event });");
        const { buildSync } = await import("esbuild");
        const {
            outputFiles: [script],
        } = buildSync({
            stdin: {
                contents: `import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
                    const client = new LambdaClient({});
                    export const handler = async (event) => {
                        const command = new InvokeCommand({ FunctionName: "tested", Payload: JSON.stringify(event) });
                        const { Payload } = await client.send(command);
                        return JSON.parse(Buffer.from(Payload).toString());
                    };`,
                resolveDir: process.cwd(),
            },
            bundle: true,
            platform: "node",
            format: "cjs",
            mainFields: ["module", "main"],
            write: false,
        });
        services.function("outer", "", { code: new Map([["index.js", script?.contents ?? assert.fail()]]) });
        const { Payload } = await client.send(new InvokeCommand({ FunctionName: "outer", Payload: '{"n":1}' }));
        assert.equal(text(Payload), '{"inner":{"n":1}}');
        assert.deepEqual(services.actionsOf("role"), ["lambda:InvokeFunction tested"]);
    });

    it("shows functions, their configuration and their resource policy", async () => {
        services.function("tested", "exports.handler = async () => 1;", { environment: { TABLE: "orders" } });
        const { Functions } = await client.send(new ListFunctionsCommand({}));
        assert.deepEqual(
            Functions?.map(({ FunctionName }) => FunctionName),
            ["tested"],
        );
        const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "tested" }));
        assert.equal(Configuration?.FunctionArn, ARN);
        const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "tested" }));
        assert.deepEqual([configuration.Timeout, configuration.Environment?.Variables], [5, { TABLE: "orders" }]);
        await assert.rejects(client.send(new GetPolicyCommand({ FunctionName: "tested" })), {
            name: "ResourceNotFoundException",
        });
        services.functions.find("tested")?.policy.add({
            statementId: "rule",
            action: "lambda:InvokeFunction",
            principal: "events.amazonaws.com",
            sourceArn: "arn:aws:events:us-east-1:000000000000:rule/push/orders",
        });
        const { Policy } = await client.send(new GetPolicyCommand({ FunctionName: "tested" }));
        assert.deepEqual((JSON.parse(Policy ?? "") as { Statement: unknown }).Statement, [
            {
                Sid: "rule",
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "lambda:InvokeFunction",
                Resource: ARN,
                Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/push/orders" } },
            },
        ]);
    });
});
