import assert from "node:assert/strict";
import { ADMINISTRATOR } from "../../../../local/signing/credentials";
import type { Queue } from "../../../../local/services/sqs/queue";
import { TestServices } from "../../../support/test-services";

/** Counts its runs over all environments in the log, and fails as long as it is told to. */
const FLAKY = `let runs = 0; exports.handler = async ({ failures = Infinity }) => {
    console.log("run " + ++runs); if (runs <= failures) throw new Error("run " + runs); return { runs };
};`;

describe("An asynchronous invocation", () => {
    let services: TestServices;
    let failures: Queue;

    beforeEach(async () => {
        services = await TestServices.start();
        failures = services.queue("failures");
    });

    afterEach(async () => {
        await services.close();
    });

    const invoke = (arn: string, payload: unknown = {}) => services.functions.invokeAsync(arn, payload, ADMINISTRATOR);
    const runs = (): number => services.log.filter((line) => line.includes("\tINFO\trun ")).length;

    it("is accepted before the function runs", async () => {
        const arn = services.function("tested", "exports.handler = async () => { console.log('ran'); };");
        await invoke(arn);
        assert.deepEqual(services.log, []);
        await services.logged("ran");
    });

    it("that fails is tried twice more, as the same request, then goes to the failure destination", async () => {
        const arn = services.function("tested", FLAKY);
        services.functions.setEventInvoke("tested", { onFailureArn: failures.arn });
        await invoke(arn, { order: 42 });
        const { body } = await services.letter(failures);
        const { timestamp, requestContext, responsePayload, ...rest } = body as Record<string, Record<string, unknown>>;
        assert.match(JSON.stringify(timestamp), /^"\d{4}-\d\d-\d\dT[\d:.]+Z"$/);
        assert.equal(runs(), 3);
        const ids = new Set(
            services.log.filter((line) => line.startsWith("tested ")).map((line) => line.split(" ")[1]),
        );
        assert.deepEqual([...ids], [requestContext?.["requestId"]]);
        assert.deepEqual(
            { ...requestContext, requestId: "" },
            {
                requestId: "",
                functionArn: `${arn}:$LATEST`,
                condition: "RetriesExhausted",
                approximateInvokeCount: 3,
            },
        );
        assert.deepEqual({ ...responsePayload, trace: [] }, { errorType: "Error", errorMessage: "run 3", trace: [] });
        assert.deepEqual(rest, {
            version: "1.0",
            requestPayload: { order: 42 },
            responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        });
    });

    it("sends to its destination under the function's role", async () => {
        const arn = services.function("tested", FLAKY);
        services.functions.setEventInvoke("tested", { onFailureArn: failures.arn, maximumRetryAttempts: 0 });
        await invoke(arn);
        await services.letter(failures);
        assert.deepEqual(services.actionsOf("role"), ["sqs:SendMessage failures"]);
    });

    it("that succeeds at last is not reported as failed", async () => {
        const arn = services.function("tested", FLAKY);
        const successes = services.queue("successes");
        services.functions.setEventInvoke("tested", { onFailureArn: failures.arn, onSuccessArn: successes.arn });
        await invoke(arn, { failures: 2 });
        const { body } = await services.letter(successes);
        const { requestContext, responsePayload, responseContext } = body as Record<string, Record<string, unknown>>;
        assert.equal(requestContext?.["condition"], "Success");
        assert.deepEqual(responsePayload, { runs: 3 });
        assert.deepEqual(responseContext, { statusCode: 200, executedVersion: "$LATEST" });
        assert.equal(failures.counts().visible, 0);
    });

    it("is tried as often as its configuration says", async () => {
        const arn = services.function("tested", FLAKY);
        services.functions.setEventInvoke("tested", { onFailureArn: failures.arn, maximumRetryAttempts: 1 });
        await invoke(arn);
        await services.letter(failures);
        assert.equal(runs(), 2);
    });

    it("is given up when the next attempt would come after its greatest age, at AWS's pace", async () => {
        const arn = services.function("tested", FLAKY);
        // A minute passes before the first retry, two more before the second.
        services.functions.setEventInvoke("tested", { onFailureArn: failures.arn, maximumEventAgeInSeconds: 120 });
        await invoke(arn);
        const { body } = await services.letter(failures);
        const { requestContext } = body as Record<string, Record<string, unknown>>;
        assert.equal(requestContext?.["condition"], "EventAgeExceeded");
        assert.equal(requestContext["approximateInvokeCount"], 2);
    });

    it("that is throttled waits without using up its attempts", async () => {
        const arn = services.function(
            "tested",
            "exports.handler = async () => { await new Promise((r) => setTimeout(r, 50)); console.log('ran'); };",
            { reservedConcurrency: 1 },
        );
        const successes = services.queue("successes");
        services.functions.setEventInvoke("tested", {
            onSuccessArn: successes.arn,
            onFailureArn: failures.arn,
            maximumRetryAttempts: 0,
        });
        await Promise.all([invoke(arn), invoke(arn)]);
        await services.letter(successes);
    });

    it("goes to the function's dead-letter queue as the event alone, with the error as attributes", async () => {
        const arn = services.function("tested", FLAKY, { deadLetterArn: failures.arn });
        await invoke(arn, { order: 42 });
        const { body, attributes } = await services.letter(failures);
        assert.deepEqual(body, { order: 42 });
        assert.deepEqual({ ...attributes, RequestID: "" }, { RequestID: "", ErrorCode: "200", ErrorMessage: "run 3" });
    });

    it("whose destination may not be written to is logged, and nothing else is lost with it", async () => {
        const arn = services.function("tested", FLAKY, { deadLetterArn: services.queue("letters").arn });
        services.functions.setEventInvoke("tested", { onFailureArn: failures.arn, maximumRetryAttempts: 0 });
        services.deny(({ action, resource }) => action === "sqs:SendMessage" && resource === failures.arn);
        await invoke(arn);
        await services.logged(`the destination ${failures.arn} answered: not authorized`);
        await services.letter(services.queues.find("arn:aws:sqs:us-east-1:000000000000:letters") ?? assert.fail());
    });

    it("of a function that is deleted meanwhile is dropped and logged", async () => {
        const arn = services.function("tested", FLAKY);
        await invoke(arn);
        services.functions.delete("tested");
        await services.logged("dropped an event");
    });

    it("is refused over 1 MiB", async () => {
        const arn = services.function("tested", FLAKY);
        await assert.rejects(invoke(arn, "x".repeat(1_048_576)), {
            code: "RequestEntityTooLargeException",
            status: 413,
        });
    });

    it("refuses destinations and limits that it does not serve", () => {
        services.function("tested", FLAKY);
        const refused = (settings: Parameters<typeof services.functions.setEventInvoke>[1], problem: RegExp): void => {
            assert.throws(() => {
                services.functions.setEventInvoke("tested", settings);
            }, problem);
        };
        refused({ maximumRetryAttempts: 3 }, /0 to 2/);
        refused({ maximumEventAgeInSeconds: 59 }, /60 to 21600/);
        refused({ onFailureArn: "arn:aws:sns:us-east-1:000000000000:topic" }, /SQS queues only as destinations/);
    });
});
