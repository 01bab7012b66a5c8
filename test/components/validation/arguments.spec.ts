import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { PushGatewayArgs } from "../../../components";
import { PushGateway, TableChangeSource } from "../../../components";
import type { LambdaFunctionArgs } from "../../../components/lambda/lambda-function-args";
import { LambdaFunction } from "../../../components/lambda/lambda-function";
import { settled } from "../../../components/references/pulumi-internals";
import type { Argument } from "../../../components/validation/checked-arguments";
import { checkedArguments } from "../../../components/validation/checked-arguments";
import { FUNCTION_ARGUMENTS } from "../../../components/validation/function-arguments";
import { GATEWAY_ARGUMENTS } from "../../../components/validation/gateway-arguments";
import { maxNameLength } from "../../../components/validation/physical-names";
import type { Graph } from "../../support/graph";
import { recordFailure, recordGraph } from "../../support/graph";

const ROOT = path.join(__dirname, "../../..");
const GATEWAY: PushGatewayArgs = {
    issuer: "https://login.example.com/",
    audience: ["push-gateway"],
    allowedOrigins: ["https://shop.example.com"],
};
const FUNCTION: LambdaFunctionArgs = {
    entry: path.join(__dirname, "../fixtures/hello.ts"),
    description: "Says hello",
};
const STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000";

/** The reasons, of which each is a line, and what was created all the same. */
async function refusal(create: () => unknown): Promise<{ problems: string[]; created: Graph["resources"] }> {
    const { errors, graph } = await recordFailure(create);
    const [title = "", ...problems] = errors.join("\n").split("\n");
    assert.match(title, / cannot be created:$/);
    return {
        problems: problems.map((problem) => problem.trim()),
        created: graph.resources.filter(({ custom }) => custom),
    };
}

describe("the arguments of a PushGateway", () => {
    it("are checked together, before anything is created", async () => {
        const { problems, created } = await refusal(
            () =>
                new PushGateway("push", {
                    issuer: "http://login.example.com/",
                    audience: ["a,b"],
                    allowedOrigins: ["https://x.example.com/path"],
                    deliveryRate: -5,
                    deliveryConcurrency: 0,
                    maxSubscriptionsPerConnection: -1,
                    logRetentionDays: 8,
                    throttling: { rateLimit: 0, burstLimit: 5_001 },
                    network: { create: true, cidrBlock: "10.0.0.0/8" },
                }),
        );
        assert.deepEqual(created, []);
        assert.deepEqual(problems, [
            '`issuer`: is "http://login.example.com/"; write a URL that begins with https://',
            '`audience[0]`: is "a,b"; write text without blanks and commas',
            '`allowedOrigins[0]`: is "https://x.example.com/path"; ' +
                "write an origin as browsers send it, which has no path: https://x.example.com",
            "`maxSubscriptionsPerConnection`: is -1; write a whole number from 1 to 1,000",
            "`throttling.rateLimit`: is 0; write a whole number from 1 to 10,000",
            "`throttling.burstLimit`: is 5001; write a whole number from 1 to 5,000",
            "`logRetentionDays`: is 8; write one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, " +
                "1096, 1827, 2192, 2557, 2922, 3288, 3653",
            "`deliveryRate`: is -5; write a whole number from 50 to 10,000",
            "`deliveryConcurrency`: is 0; write a whole number from 1 to 1,000",
            '`network.cidrBlock`: is "10.0.0.0/8"; write a range of /16 to /24, such as 10.0.0.0/16',
        ]);
    });

    it("are checked in the value that is passed on, where they are known later", async () => {
        const { errors } = await recordFailure(
            () => new PushGateway("push", { ...GATEWAY, deliveryRate: pulumi.output(-5) }),
        );
        assert.match(
            errors.join("\n"),
            /^PushGateway "push" cannot be created:\n {2}`deliveryRate`: is -5; write a whole number from 50 to 10,000/,
        );
    });

    for (const [path, args] of [
        ["deliveryConcurrency", { deliveryConcurrency: pulumi.output(0) }],
        ["maxSubscriptionsPerConnection", { maxSubscriptionsPerConnection: Promise.resolve(-1) }],
        [
            "allowedOrigins[1]",
            { allowedOrigins: ["https://x.example.com", pulumi.output("https://x.example.com/path")] },
        ],
        ["throttling.rateLimit", { throttling: { rateLimit: pulumi.output(0), burstLimit: 1 } }],
        ["logRetentionDays", { logRetentionDays: pulumi.output(8) }],
    ] as const) {
        it(`refuse a wrong ${path} that is known later`, async () => {
            const checked = checkedArguments('PushGateway "push"', GATEWAY_ARGUMENTS, args);
            const [value] = Object.values<unknown>(checked);
            const known = pulumi.Output.isInstance(value) ? value : pulumi.output(value as pulumi.Input<object>);
            await assert.rejects(settled(known), (error: Error) => error.message.includes(`\`${path}\`: is `));
        });
    }

    it("pass where they are at the ends of their ranges", async () => {
        await recordGraph(
            () =>
                new PushGateway("push", {
                    ...GATEWAY,
                    deliveryRate: 50,
                    deliveryConcurrency: 1_000,
                    maxSubscriptionsPerConnection: pulumi.output(1_000),
                    throttling: { rateLimit: 10_000, burstLimit: pulumi.output(5_000) },
                    logRetentionDays: 3653,
                }),
        );
    });
});

describe("the arguments of a LambdaFunction", () => {
    for (const [what, args, problem] of [
        ["a description over 256 characters", { description: "x".repeat(257) }, /^`description`: is .*0 to 256/],
        ["a time-out over 900 s", { timeoutSeconds: 901 }, /^`timeoutSeconds`: is 901; .*from 1 to 900$/],
        ["memory under 128 MB", { memoryMegabytes: 127 }, /^`memoryMegabytes`: is 127; .*from 128 to 10,240$/],
        [
            "a retention that CloudWatch does not know",
            { logRetentionDays: 2 },
            /^`logRetentionDays`: is 2; .*one of 1,/,
        ],
        ["an environment over 4 KB", { environment: { A: "x".repeat(4_096) } }, /^`environment`: has 4097 bytes/],
    ] as const) {
        it(`cannot have ${what}, known now or later`, async () => {
            const { problems, created } = await refusal(() => new LambdaFunction("f", { ...FUNCTION, ...args }));
            assert.match(problems.join("\n"), problem);
            assert.deepEqual(created, []);
            const later = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, pulumi.output(value)]));
            const { graph } = await recordFailure(() => new LambdaFunction("f", { ...FUNCTION, ...later }));
            const made = [
                ...graph.ofType("aws:lambda/function:Function"),
                ...graph.ofType("aws:cloudwatch/logGroup:LogGroup"),
            ];
            assert.ok(made.length < 2);
        });
    }
});

describe("the place of a TableChangeSource", () => {
    const source = (streamArn: pulumi.Input<string>): TableChangeSource =>
        new TableChangeSource("changes", {
            gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
            namespace: "orders",
            streamArn,
            event: "OrderChanged",
            channels: ["orders/{id}"],
        });

    for (const [what, streamArn] of [
        ["Region", STREAM.replace("us-east-1", "eu-west-1")],
        ["account", STREAM.replace("123456789012", "999999999999")],
    ] as const) {
        it(`is the gateway's: a stream of another ${what} is refused, known now or later`, async () => {
            const { problems } = await refusal(() => source(streamArn));
            assert.match(
                problems.join("\n"),
                /^`streamArn`: is in .* and the gateway in us-east-1 of account 123456789012;/,
            );
            const { errors, graph } = await recordFailure(() => source(pulumi.output(streamArn)));
            assert.match(errors.join("\n"), /a pipe reads and writes in one place/);
            assert.deepEqual(graph.ofType("aws:pipes/pipe:Pipe"), []);
        });
    }

    it("takes a filter of as many characters as a pipe does, and not one more", async () => {
        const filter = (length: number): string => {
            const pattern = JSON.stringify({ dynamodb: { NewImage: { status: { S: [""] } } } });
            return pattern.replace('""', `"${"x".repeat(length - pattern.length)}"`);
        };
        const create = (length: number) => (): TableChangeSource =>
            new TableChangeSource("changes", {
                gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
                namespace: "orders",
                streamArn: STREAM,
                event: "OrderChanged",
                channels: ["orders/{id}"],
                filter: filter(length),
            });
        await recordGraph(create(4_032));
        const { problems } = await refusal(create(4_033));
        assert.match(problems.join("\n"), /^`filter`: has 4033 characters; a pipe takes 4032/);
    });
});

describe("a component's name", () => {
    /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, and those of the other services. */
    const LIMITS: Readonly<Record<string, number>> = {
        "aws:lambda/function:Function": 64,
        "aws:iam/role:Role": 64,
        "aws:cloudwatch/eventRule:EventRule": 64,
        "aws:pipes/pipe:Pipe": 64,
        "aws:sqs/queue:Queue": 80,
        "aws:iam/rolePolicy:RolePolicy": 128,
        "aws:dynamodb/table:Table": 255,
        "aws:cloudwatch/eventBus:EventBus": 256,
        "aws:cloudwatch/logGroup:LogGroup": 512,
    };
    const CREATE = {
        PushGateway: (name: string) => new PushGateway(name, { ...GATEWAY, network: { vpcId: "v", subnetIds: ["s"] } }),
        LambdaFunction: (name: string) => new LambdaFunction(name, FUNCTION),
        TableChangeSource: (name: string) =>
            new TableChangeSource(name, {
                gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
                namespace: "orders",
                streamArn: STREAM,
                event: "OrderChanged",
                channels: ["orders/{id}"],
            }),
    } as const;

    for (const [component, create] of Object.entries(CREATE) as [keyof typeof CREATE, (name: string) => unknown][]) {
        it(`of a ${component} is as long as AWS takes what is named after it, and no longer`, async () => {
            const longest = "n".repeat(maxNameLength(component));
            const graph = await recordGraph(() => create(longest));
            const room = graph.resources
                .filter(({ type }) => type in LIMITS)
                .map(({ type, name }) => (LIMITS[type] ?? 0) - name.length - "-1234567".length);
            assert.equal(Math.min(...room), 0);
            const { problems, created } = await refusal(() => create(`${longest}n`));
            assert.match(problems.join("\n"), new RegExp(`^\`name\`: is "n+", ${longest.length + 1} characters`));
            assert.deepEqual(created, []);
        });
    }
});

describe("what documents say of arguments", () => {
    const documentation = readFileSync(path.join(ROOT, "docs/configuration.md"), "utf8");
    const source = [
        "components/arguments/push-gateway-args.ts",
        "components/websocket/authentication-args.ts",
        "components/lambda/lambda-function-args.ts",
    ]
        .map((file) => readFileSync(path.join(ROOT, file), "utf8"))
        .join("\n");

    const rowOf = (name: string): string => {
        return documentation.split("\n").find((line) => line.startsWith(`| \`${name}\` |`)) ?? "";
    };
    const commentOf = (name: string): string => {
        const before = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+readonly ${name}\\??:`).exec(source)?.[1] ?? "";
        return before.replaceAll(/\s*\n\s*\*\s?/g, " ");
    };
    /** The numbers and words of a default and a range, as people write them. */
    const facts = ({ kind, preset }: Argument): string[] => [
        ...("range" in kind && kind.range !== undefined ? kind.range.replace(" characters", "").split(" to ") : []),
        ...(kind.type === "record" && preset !== undefined
            ? Object.values(preset as object)
            : [preset ?? []].flat()
        ).map((value: unknown) => (typeof value === "number" ? value.toLocaleString("en-US") : String(value))),
    ];

    for (const [name, argument] of Object.entries<Argument>(GATEWAY_ARGUMENTS)) {
        it(`names the range and the default of ${name}, in docs/configuration.md and in the comment`, () => {
            assert.notEqual(rowOf(name), "", `docs/configuration.md has no row for ${name}`);
            assert.notEqual(commentOf(name), "", `${name} has no comment`);
            for (const fact of facts(argument)) {
                assert.ok(rowOf(name).includes(fact), `docs/configuration.md does not say ${fact} of ${name}`);
                assert.ok(commentOf(name).includes(fact), `the comment does not say ${fact} of ${name}`);
            }
        });
    }

    for (const [name, argument] of Object.entries<Argument>(FUNCTION_ARGUMENTS)) {
        it(`names the range and the default of a function's ${name} in the comment`, () => {
            for (const fact of facts(argument)) {
                assert.ok(commentOf(name).includes(fact), `the comment does not say ${fact} of ${name}`);
            }
        });
    }
});
