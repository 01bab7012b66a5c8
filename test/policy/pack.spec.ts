import * as assert from "node:assert/strict";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
    ConfigureAnalyzerRequest,
    EnforcementLevel,
    PolicyConfig,
    PolicySeverity,
    PolicyType,
} from "@pulumi/pulumi/proto/analyzer_pb";
import type {
    AnalyzeRequest,
    AnalyzeResponse,
    AnalyzerInfo,
    RemediateResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { policies, resourcePolicies } from "../../policy/policies";
import { answer } from "../support/grpc-answer";
import { analyzeRequest, analyzeStackRequest, read } from "./support/analyzer";
import { changedTo, one } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { platformStack } from "./support/our-stacks";

const PACK = path.join(__dirname, "../../policy");

/** The pack in a process of its own, started by the SDK's own `cmd/run-policy-pack` as the engine would. */
describe("the policy pack, served", () => {
    let stack: Stack;
    let child: ChildProcessWithoutNullStreams;
    let client: AnalyzerClient;
    let stderr = "";
    before(async () => {
        stack = await platformStack("prod");
        const runner = createRequire(__filename).resolve("@pulumi/pulumi/cmd/run-policy-pack");
        // The first argument is the engine's address, which a pack uses for its log only.
        child = spawn(process.execPath, [runner, "127.0.0.1:1", PACK], {
            cwd: PACK,
            env: { ...process.env, NODE_OPTIONS: "" },
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
        });
        const ended = once(child, "exit").then(() => {
            throw new Error(`The pack ended before it served: ${stderr}`);
        });
        const [port] = (await Promise.race([once(readline.createInterface(child.stdout), "line"), ended])) as [string];
        client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    });
    after(async () => {
        client.close();
        const ended = once(child, "exit");
        child.kill();
        await ended;
    });

    it("names itself, its version and its policies, each with what a reviewer needs", async () => {
        const info = await answer<AnalyzerInfo>((callback) => client.getAnalyzerInfo(new Empty(), callback));
        assert.deepEqual([info.getName(), info.getVersion()], ["push-gateway", "1.0.0"]);
        assert.deepEqual(
            info.getPoliciesList().map((policy) => policy.getName()),
            policies.map(({ name }) => name),
        );
        for (const policy of info.getPoliciesList()) {
            assert.ok(policy.getDescription().endsWith("."));
            assert.ok(policy.getRemediationSteps().endsWith("."));
            assert.notEqual(policy.getSeverity(), PolicySeverity.POLICY_SEVERITY_UNSPECIFIED);
            assert.ok("exemptions" in (policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}));
            const kind = resourcePolicies.some(({ name }) => name === policy.getName())
                ? PolicyType.POLICY_TYPE_RESOURCE
                : PolicyType.POLICY_TYPE_STACK;
            assert.equal(policy.getPolicyType(), kind);
        }
    });

    it("finds nothing in the platform stack, and a mistake where there is one", async () => {
        const table = one(stack, "Table", "push-registry-connections");
        assert.deepEqual(await analyze(analyzeRequest(table)), []);
        const open = changedTo(stack, "Table", table.name, { serverSideEncryption: undefined });
        assert.deepEqual(await analyze(analyzeRequest(one(open, "Table", table.name))), ["tables-are-encrypted"]);
    });

    it("finds a mistake in the stack as a whole", async () => {
        const ask = async (asked: Stack): Promise<string[]> => {
            const response = await answer<AnalyzeResponse>((callback) => {
                return client.analyzeStack(analyzeStackRequest(asked), callback);
            });
            return read(response, "").map(({ policy, resource }) => `${policy} ${resource}`);
        };
        assert.deepEqual(await ask(stack), []);
        const open = changedTo(stack, "Route", "push-websocket-route-connect", { authorizationType: "NONE" });
        assert.deepEqual(await ask(open), ["connect-is-authorized push-websocket-route-connect"]);
    });

    it("remediates", async () => {
        const broken = changedTo(stack, "LogGroup", "push-notifier-notify-logs", { retentionInDays: undefined });
        const request = analyzeRequest(one(broken, "LogGroup", "push-notifier-notify-logs"));
        const response = await answer<RemediateResponse>((callback) => client.remediate(request, callback));
        assert.deepEqual(
            response.getRemediationsList().map((fix) => [fix.getPolicyname(), fix.getProperties()?.toJavaScript()]),
            [["log-groups-expire", { retentionInDays: 30 }]],
        );
    });

    it("takes its configuration from the engine: levels, settings and exemptions", async () => {
        const broken = changedTo(stack, "LogGroup", "push-notifier-notify-logs", { retentionInDays: 60 });
        const request = analyzeRequest(one(broken, "LogGroup", "push-notifier-notify-logs"));
        assert.deepEqual(await analyze(request), []);
        await configure(EnforcementLevel.MANDATORY, { maxRetentionDays: 30 });
        assert.deepEqual(await analyze(request), ["log-groups-expire"]);
        await configure(EnforcementLevel.MANDATORY, {
            maxRetentionDays: 30,
            exemptions: [{ urn: "*::push-notifier-notify-logs", reason: "An audit needs two months." }],
        });
        assert.deepEqual(await analyze(request), []);
        await configure(EnforcementLevel.DISABLED, { maxRetentionDays: 30 });
        assert.deepEqual(await analyze(request), []);
    });

    it("refuses misspelt settings and unknown rules at once, with the list of what there is", async () => {
        const refused = (rule: string, properties: Record<string, number>): Promise<void> => {
            return configure(EnforcementLevel.MANDATORY, properties, rule);
        };
        await assert.rejects(refused("stages-are-throttled", { maxRate: 100 }), (error: Error) => {
            assert.match(error.message, /`stages-are-throttled` has no setting `maxRate`\. It has `maxRateLimit`, /);
            return true;
        });
        await assert.rejects(refused("stages-are-throtled", {}), (error: Error) => {
            assert.match(
                error.message,
                /There is no rule `stages-are-throtled`\. There are .*, stages-are-throttled, /,
            );
            return true;
        });
        await refused("all", {});
        await refused("stages-are-throttled", { maxRateLimit: 100 });
    });

    async function analyze(request: AnalyzeRequest): Promise<string[]> {
        const response = await answer<AnalyzeResponse>((callback) => client.analyze(request, callback));
        return read(response, request.getName()).map(({ policy }) => policy);
    }

    async function configure(
        level: EnforcementLevel,
        settings: Parameters<typeof Struct.fromJavaScript>[0],
        rule = "log-groups-expire",
    ): Promise<void> {
        const config = new PolicyConfig();
        config.setEnforcementlevel(level);
        config.setProperties(Struct.fromJavaScript(settings));
        const request = new ConfigureAnalyzerRequest();
        request.getPolicyconfigMap().set(rule, config);
        await answer<Empty>((callback) => client.configure(request, callback));
    }
});
