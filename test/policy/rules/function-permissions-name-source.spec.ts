import * as assert from "node:assert/strict";
import { assertFound, found } from "../support/findings";
import { changedTo, withResource } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";
import { UNKNOWN } from "../support/recorded-stack";
import type { Stack } from "../support/mutations";
import type { WireProperties } from "../support/recorded-stack";

const RULE = "function-permissions-name-source";
const NOTIFY = "push-notifier-notify";

describe("the rule function-permissions-name-source", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
    });

    it("finds a function that any rule of any account may invoke", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Permission", `${NOTIFY}-permission`, { sourceArn: undefined });
        await assertFound(mistaken(platform), [RULE, `${NOTIFY}-permission`]);
    });

    it("a source that any API fits", async () => {
        await assertFound(
            changedTo(platform, "Permission", "push-websocket-permission-connect", {
                sourceArn: "arn:aws:execute-api:us-east-1:123456789012:*/v1/$connect",
            }),
            ["function-permissions-name-source", "push-websocket-permission-connect"],
            ["only-gateway-calls-its-functions", "push-websocket-permission-connect"],
        );
    });

    it("a source that any log group fits, though its name seems to begin", async () => {
        const logs = (sourceArn: string): Stack =>
            withResource(platform, "aws:lambda/permission:Permission", "logs", {
                function: "page",
                action: "lambda:InvokeFunction",
                principal: "logs.amazonaws.com",
                sourceArn,
            });
        const group = "arn:aws:logs:us-east-1:123456789012:log-group:";
        for (const end of ["/*:*", "*", "/aws/lambda/*:*"]) {
            await assertFound(logs(`${group}${end}`), [RULE, "logs"]);
        }
        await assertFound(logs(`${group}/aws/lambda/orders:*`));
    });

    it("AWS Config without its account", async () => {
        const config = { function: "page", action: "lambda:InvokeFunction", principal: "config.amazonaws.com" };
        const permission = (properties: object): Stack =>
            withResource(platform, "aws:lambda/permission:Permission", "config", { ...config, ...properties });
        await assertFound(permission({}), [RULE, "config"]);
        await assertFound(permission({ sourceAccount: "*" }), [RULE, "config"]);
        await assertFound(permission({ principal: "events.amazonaws.com", sourceAccount: "123456789012" }), [
            RULE,
            "config",
        ]);
        await assertFound(permission({ sourceAccount: "123456789012" }));
    });

    it("a service under its name in China", async () => {
        await assertFound(
            changedTo(platform, "Permission", `${NOTIFY}-permission`, {
                principal: "events.amazonaws.com.cn",
                sourceArn: undefined,
            }),
            ["function-permissions-name-source", `${NOTIFY}-permission`],
        );
    });

    it("a bucket's name without its account", async () => {
        await assertFound(
            changedTo(platform, "Permission", `${NOTIFY}-permission`, {
                principal: "s3.amazonaws.com",
                sourceArn: "arn:aws:s3:::uploads",
            }),
            ["function-permissions-name-source", `${NOTIFY}-permission`],
            ["only-gateway-calls-its-functions", `${NOTIFY}-permission`],
        );
    });

    it("everybody a Function URL", async () => {
        await assertFound(
            changedTo(example, "Permission", "webhook-invoke-by-url", { invokedViaFunctionUrl: undefined }),
            ["function-permissions-name-source", "webhook-invoke-by-url"],
        );
    });

    describe("lets be invoked without a source a function", () => {
        const rule = "function-permissions-name-source";
        const permitting = (properties: WireProperties): Stack => {
            return withResource(example, "aws:lambda/permission:Permission", "invoke", {
                function: "page",
                action: "lambda:InvokeFunction",
                ...properties,
            });
        };
        const ALEXA = { principal: "alexa-appkit.amazon.com", eventSourceToken: "amzn1.ask.skill.6c2c-1" };

        it("by everybody in one organization", async () => {
            assert.deepEqual(await found(permitting({ principal: "*", principalOrgId: "o-acme" })), []);
            assert.deepEqual(await found(permitting({ principal: "*", principalOrgId: UNKNOWN })), []);
        });

        it("but not in any, nor by a service in one, which acts for other accounts", async () => {
            for (const properties of [
                { principal: "*" },
                { principal: "*", principalOrgId: "" },
                { principal: "*", principalOrgId: "o-*" },
                { principal: "events.amazonaws.com", principalOrgId: "o-acme" },
            ]) {
                assert.deepEqual(await found(permitting(properties)), [rule]);
            }
        });

        it("by one Alexa skill", async () => {
            assert.deepEqual(await found(permitting(ALEXA)), []);
            assert.deepEqual(await found(permitting({ ...ALEXA, principal: "alexa-connectedhome.amazon.com" })), []);
        });

        it("but not by any skill, nor by another service with a token", async () => {
            for (const properties of [
                { ...ALEXA, eventSourceToken: undefined },
                { ...ALEXA, eventSourceToken: "*" },
                { ...ALEXA, principal: "events.amazonaws.com" },
                { ...ALEXA, principal: "*" },
            ]) {
                assert.deepEqual(await found(permitting(properties)), [rule]);
            }
        });
    });
});
