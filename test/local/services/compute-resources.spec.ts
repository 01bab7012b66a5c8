import assert from "node:assert/strict";
import { ADMINISTRATOR } from "../../../local/signing/credentials";
import { FunctionUrlRegistry } from "../../../local/services/function-urls/registry";
import { eventSourceMappingBehaviours } from "../../../local/services/event-source-mappings/resources";
import { functionUrlBehaviours } from "../../../local/services/function-urls/resources";
import { lambdaBehaviours } from "../../../local/services/lambda/resources";
import type { ResourceBehaviours } from "../../../local/resources/resource";
import { creator, registration, update } from "../../support/registrations";
import { ROLE_ARN, TestServices } from "../../support/test-services";

const FUNCTION = "aws:lambda/function:Function";
const PERMISSION = "aws:lambda/permission:Permission";
const URL_TYPE = "aws:lambda/functionUrl:FunctionUrl";
const INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";

describe("Functions of a graph", () => {
    let services: TestServices;
    let functionUrls: FunctionUrlRegistry;
    let behaviours: ResourceBehaviours;
    let create: ReturnType<typeof creator>;

    beforeEach(async () => {
        services = await TestServices.start();
        functionUrls = new FunctionUrlRegistry(() => "http://127.0.0.1:4510");
        behaviours = {
            ...lambdaBehaviours(services.functions),
            ...functionUrlBehaviours(services.functions, functionUrls),
            ...eventSourceMappingBehaviours(services.mappings),
        };
        create = creator(behaviours);
    });

    afterEach(async () => {
        await services.close();
    });

    const inputs = (
        code = "exports.handler = async () => process.env.TABLE;",
        more: Readonly<Record<string, unknown>> = {},
    ) => ({
        code: new Map([["index.js", Buffer.from(code)]]),
        handler: "index.handler",
        role: ROLE_ARN,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        timeout: 10,
        memorySize: 512,
        environment: { variables: { TABLE: "orders" } },
        loggingConfig: { logFormat: "Text", logGroup: "notify-logs" },
        ...more,
    });
    const invoke = (arn: unknown) => services.functions.invoke(String(arn), {}, ADMINISTRATOR);

    it("take what Lambda makes of recursion without effect", async () => {
        const recursion = { functionName: "deliver", recursiveLoop: "Allow" };
        assert.equal(
            (await create("aws:lambda/functionRecursionConfig:FunctionRecursionConfig", "r", recursion)).id,
            "deliver",
        );
    });

    it("run from the archive, and have the outputs that programs use", async () => {
        const { id, outputs } = await create(FUNCTION, "notify", inputs());
        const arn = `arn:aws:lambda:us-east-1:000000000000:function:${id}`;
        assert.match(id, /^notify-[0-9a-f]{7}$/);
        assert.deepEqual(
            [outputs["name"], outputs["arn"], outputs["qualifiedArn"], outputs["version"]],
            [id, arn, `${arn}:$LATEST`, "$LATEST"],
        );
        assert.equal(
            outputs["invokeArn"],
            `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`,
        );
        assert.deepEqual(await invoke(arn), { ok: true, payload: "orders" });
    });

    it("change under one ARN, in code and settings", async () => {
        const created = await create(FUNCTION, "notify", inputs());
        const changed = inputs("exports.handler = async () => 'new ' + process.env.TABLE;", {
            environment: { variables: { TABLE: "t2" } },
        });
        const updated = await update(behaviours, registration(FUNCTION, "notify", changed), created);
        assert.equal(updated.outputs["arn"], created.outputs["arn"]);
        assert.notEqual(updated.outputs["sourceCodeHash"], created.outputs["sourceCodeHash"]);
        assert.deepEqual(await invoke(created.outputs["arn"]), { ok: true, payload: "new t2" });
    });

    it("are gone when deleted", async () => {
        const created = await create(FUNCTION, "notify", inputs());
        await behaviours[FUNCTION]?.delete(created);
        await assert.rejects(invoke(created.outputs["arn"]), { code: "ResourceNotFoundException" });
    });

    it("keep their permissions as a resource policy", async () => {
        const { id, outputs } = await create(FUNCTION, "notify", inputs());
        const permission = await create(PERMISSION, "rule", {
            function: id,
            action: "lambda:InvokeFunction",
            principal: "events.amazonaws.com",
            sourceArn: "arn:aws:events:us-east-1:000000000000:rule/a",
        });
        await create(PERMISSION, "url", {
            function: outputs["arn"],
            action: "lambda:InvokeFunctionUrl",
            principal: "*",
            functionUrlAuthType: "NONE",
            statementId: "url",
        });
        const policy = (): { Statement: unknown[] } =>
            JSON.parse(services.functions.resourcePolicy(String(outputs["arn"])) ?? "") as { Statement: unknown[] };
        assert.deepEqual(policy().Statement, [
            {
                Sid: permission.id,
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "lambda:InvokeFunction",
                Resource: outputs["arn"],
                Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/a" } },
            },
            {
                Sid: "url",
                Effect: "Allow",
                Principal: "*",
                Action: "lambda:InvokeFunctionUrl",
                Resource: outputs["arn"],
                Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } },
            },
        ]);
        await behaviours[PERMISSION]?.delete(permission);
        assert.equal(policy().Statement.length, 1);
    });

    it("have a URL, known by the id in its address", async () => {
        const { id, outputs } = await create(FUNCTION, "webhook", inputs());
        const url = await create(URL_TYPE, "webhook", {
            functionName: id,
            authorizationType: "NONE",
            cors: { allowOrigins: ["*"], maxAge: 60 },
        });
        const urlId = String(url.outputs["urlId"]);
        assert.equal(url.outputs["functionUrl"], `http://127.0.0.1:4510/_url/${urlId}/`);
        assert.equal(functionUrls.find(urlId)?.functionArn, outputs["arn"]);
        assert.deepEqual(functionUrls.find(urlId)?.cors?.allowOrigins, ["*"]);
        await assert.rejects(
            create(URL_TYPE, "second", { functionName: id, authorizationType: "NONE" }),
            /FunctionUrlConfig exists/,
        );
        const updated = await update(
            behaviours,
            registration(URL_TYPE, "webhook", { functionName: id, authorizationType: "AWS_IAM" }),
            url,
        );
        assert.equal(updated.outputs["urlId"], urlId);
        assert.equal(functionUrls.find(urlId)?.authorizationType, "AWS_IAM");
        await behaviours[URL_TYPE]?.delete(updated);
        assert.equal(functionUrls.find(urlId), undefined);
    });

    it("fail asynchronously as their configuration says", async () => {
        const failures = services.queue("failures");
        const { id, outputs } = await create(
            FUNCTION,
            "notify",
            inputs("exports.handler = async () => { throw new Error('no'); };"),
        );
        const config = await create(INVOKE_CONFIG, "notify", {
            functionName: id,
            maximumRetryAttempts: 0,
            maximumEventAgeInSeconds: 60,
            destinationConfig: { onFailure: { destination: failures.arn } },
        });
        await services.functions.invokeAsync(String(outputs["arn"]), {}, ADMINISTRATOR);
        const { requestContext } = (await services.letter(failures)).body as {
            requestContext: { approximateInvokeCount: number };
        };
        assert.equal(requestContext.approximateInvokeCount, 1);
        await behaviours[INVOKE_CONFIG]?.delete(config);
        assert.deepEqual(services.functions.find(id)?.eventInvoke, {});
    });

    it("are fed from a queue", async () => {
        const queue = services.queue("jobs");
        const { id } = await create(
            FUNCTION,
            "deliver",
            inputs("exports.handler = async (event) => { console.log('got', event.Records[0].body); };"),
        );
        const mapping = await create(MAPPING, "jobs", {
            functionName: id,
            eventSourceArn: queue.arn,
            batchSize: 10,
            functionResponseTypes: ["ReportBatchItemFailures"],
            scalingConfig: { maximumConcurrency: 2 },
        });
        assert.match(mapping.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
        queue.send({ body: "one" }, "test");
        await services.logged("got one");
        const disabled = await update(
            behaviours,
            registration(MAPPING, "jobs", { functionName: id, eventSourceArn: queue.arn, enabled: false }),
            mapping,
        );
        assert.deepEqual([disabled.id, disabled.outputs["state"]], [mapping.id, "Disabled"]);
        await behaviours[MAPPING]?.delete(disabled);
        assert.deepEqual(services.mappings.list(), []);
    });

    it("name resource and input when they cannot be served", async () => {
        const refused = async (
            type: string,
            given: Readonly<Record<string, unknown>>,
            problem: RegExp,
        ): Promise<void> => {
            await assert.rejects(create(type, "tested", given), problem);
        };
        await refused(
            FUNCTION,
            inputs("", { runtime: "python3.13" }),
            /^Error: aws:lambda\/function:Function "tested": .*runs Node\.js functions only/,
        );
        await refused(FUNCTION, inputs("", { layers: ["arn:x"] }), /`layers` is not served by the local cloud/);
        await refused(FUNCTION, inputs("", { code: undefined, s3Bucket: "b" }), /`s3Bucket` is not served/);
        await refused(FUNCTION, inputs("", { code: undefined }), /`code` must be an archive/);
        await refused(
            PERMISSION,
            { function: "gone", action: "lambda:InvokeFunction", principal: "*" },
            /there is no function gone/,
        );
        await create(FUNCTION, "tested", inputs());
        const name = services.functions.list()[0]?.settings.name;
        await refused(
            URL_TYPE,
            { functionName: name, authorizationType: "NONE", invokeMode: "RESPONSE_STREAM" },
            /`invokeMode` is "RESPONSE_STREAM"/,
        );
        await refused(
            MAPPING,
            { functionName: name, eventSourceArn: "arn:aws:kinesis:x" },
            /SQS queues and DynamoDB streams as event sources/,
        );
    });
});
