import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { readConfig } from "../../config";
import type { PushGatewayArgs } from "../../components";

const ROOT = path.join(__dirname, "../..");
const VALID = {
    issuer: "https://login.example.com/",
    audience: "push-gateway",
    allowedOrigins: '["https://shop.example.com"]',
};

async function configure(values: Readonly<Record<string, string>>): Promise<PushGatewayArgs> {
    pulumi.runtime.setAllConfig(
        Object.fromEntries(
            Object.entries(values).map(([key, value]) => [key.includes(":") ? key : `push-gateway:${key}`, value]),
        ),
    );
    await pulumi.runtime.setMocks({ newResource: neverCalled, call: neverCalled }, "push-gateway", "dev");
    return readConfig();
}

function neverCalled(): never {
    throw new Error("Reading the configuration creates and asks nothing");
}

async function problemsOf(values: Readonly<Record<string, string>>): Promise<string[]> {
    const error: unknown = await configure(values).then(
        () => undefined,
        (reason: unknown) => reason,
    );
    assert.ok(
        error instanceof Error && pulumi.RunError.isInstance(error),
        "one error that Pulumi shows without a stack",
    );
    const [title, ...problems] = error.message.split("\n");
    assert.equal(title, "The configuration of the stack dev is not usable, so nothing is created:");
    return problems.map((problem) => problem.trim());
}

describe("readConfig", () => {
    it("needs an issuer, an audience and allowed origins, and leaves the rest to the gateway's defaults", async () => {
        const set = Object.entries(await configure(VALID)).filter(([, value]) => value !== undefined);
        assert.deepEqual(Object.fromEntries(set), {
            issuer: "https://login.example.com/",
            audience: ["push-gateway"],
            allowedOrigins: ["https://shop.example.com"],
        });
    });

    it("reads every setting", async () => {
        assert.deepEqual(
            await configure({
                ...VALID,
                audience: '["web","app"]',
                jwksUri: "https://login.example.com/keys",
                tokenInQuery: "true",
                userIdClaim: "email",
                forwardedClaims: '["role"]',
                maxSubscriptionsPerConnection: "50",
                throttling: '{"rateLimit":100,"burstLimit":50}',
                logRetentionDays: "14",
                deliveryRate: "5000",
                deliveryConcurrency: "64",
                network: '{"vpcId":"vpc-1","subnetIds":["subnet-1"],"securityGroupIds":["sg-1"]}',
                protect: "true",
                manageApiGatewayLogging: "false",
                alarmActions: '["arn:aws:sns:us-east-1:123456789012:on-call"]',
            }),
            {
                issuer: "https://login.example.com/",
                audience: ["web", "app"],
                allowedOrigins: ["https://shop.example.com"],
                jwksUri: "https://login.example.com/keys",
                tokenInQuery: true,
                userIdClaim: "email",
                forwardedClaims: ["role"],
                maxSubscriptionsPerConnection: 50,
                throttling: { rateLimit: 100, burstLimit: 50 },
                logRetentionDays: 14,
                deliveryRate: 5000,
                deliveryConcurrency: 64,
                network: { vpcId: "vpc-1", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
                protect: true,
                manageApiGatewayLogging: false,
                alarmActions: ["arn:aws:sns:us-east-1:123456789012:on-call"],
            },
        );
    });

    it("names every missing key, and the command that sets it", async () => {
        assert.deepEqual(await problemsOf({}), [
            "push-gateway:issuer is missing; set it: pulumi config set issuer https://login.example.com/",
            "push-gateway:audience is missing; set it: pulumi config set audience push-gateway",
            "push-gateway:allowedOrigins is missing; " +
                "set it: pulumi config set --path 'allowedOrigins[0]' https://shop.example.com",
        ]);
    });

    it("reports everything that is wrong at once, each with its key", async () => {
        const problems = await problemsOf({
            issuer: "login.example.com",
            audience: "push-gateway",
            allowedOrigins: '["https://shop.example.com/"]',
            tokenInQuery: "maybe",
            throttling: '{"rateLimit":0}',
            network: '{"create":true,"vpcId":"vpc-1"}',
            logRetentionDays: "8",
        });
        assert.deepEqual(
            problems.map((problem) => problem.split(" ")[0]),
            [
                "push-gateway:issuer",
                "push-gateway:allowedOrigins[0]",
                "push-gateway:tokenInQuery",
                "push-gateway:throttling.rateLimit",
                "push-gateway:throttling.burstLimit",
                "push-gateway:logRetentionDays",
                "push-gateway:network.vpcId",
            ],
        );
    });

    it("reports a key that is none of its settings, and leaves other projects' alone", async () => {
        const [problem = "", ...others] = await problemsOf({
            ...VALID,
            alowedOrigins: "[]",
            "aws:region": "us-east-1",
        });
        assert.match(problem, /^push-gateway:alowedOrigins is not a setting here: pulumi config rm alowedOrigins\./);
        assert.match(problem, / allowedOrigins,/);
        assert.deepEqual(others, []);
    });

    for (const stack of ["dev", "staging", "prod", "local"]) {
        it(`takes what Pulumi.${stack}.yaml says`, async () => {
            const { config } = parse(readFileSync(path.join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as {
                config: Record<string, unknown>;
            };
            const values = Object.entries(config).map(
                ([key, value]) =>
                    [
                        key,
                        typeof value === "string" ? inLocalCloud(value) : inLocalCloud(JSON.stringify(value)),
                    ] as const,
            );
            const args = await configure(Object.fromEntries(values));
            assert.deepEqual(args.audience, ["push-gateway"]);
            assert.equal(args.protect ?? false, stack === "staging" || stack === "prod");
            const rewritten = Object.entries(config).filter(([, value]) => /^(number|boolean)$/.test(typeof value));
            assert.deepEqual(rewritten, [], "`pulumi stack init` would put quotes around these, and leave a diff");
        });
    }
});

/** The local cloud fills these in when it runs the program. */
function inLocalCloud(text: string): string {
    return text
        .replaceAll("${local.httpLocalhost}", "http://localhost:4510")
        .replaceAll(/\$\{local\.(http|issuer)\}/g, "http://127.0.0.1:4510");
}
