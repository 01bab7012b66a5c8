import assert from "node:assert/strict";
import { cloudWatchBehaviours } from "../../../local/services/cloudwatch/resources";
import { eventsBehaviours } from "../../../local/services/events/resources";
import { IamStore } from "../../../local/services/iam/iam-store";
import { iamBehaviours } from "../../../local/services/iam/resources";
import { functionBehaviour } from "../../../local/services/lambda/function-resource";
import { pipesBehaviours } from "../../../local/services/pipes/resources";
import { creator } from "../../support/registrations";
import { ROLE_ARN, TestServices } from "../../support/test-services";

const ROLE = "aws:iam/role:Role";
const RULE = "aws:cloudwatch/eventRule:EventRule";
const PIPE = "aws:pipes/pipe:Pipe";
const FUNCTION = "aws:lambda/function:Function";
const LOGS = "aws:cloudwatch/logGroup:LogGroup";

const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
});
const eventPattern = '{"a":[1]}';
const dynamodbStreamParameters = { startingPosition: "LATEST" };
const STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1";

type Inputs = Readonly<Record<string, unknown>>;

const pipe = (changes: Inputs): Inputs => ({
    roleArn: ROLE_ARN,
    source: STREAM,
    sourceParameters: { dynamodbStreamParameters },
    target: "arn:aws:events:us-east-1:000000000000:event-bus/default",
    ...changes,
});
const lambda = (changes: Inputs): Inputs => ({
    role: ROLE_ARN,
    handler: "index.handler",
    runtime: "nodejs22.x",
    code: new Map([["index.js", Buffer.from("exports.handler = async () => 1;")]]),
    ...changes,
});
const filtered = (pattern: object): Inputs => ({
    sourceParameters: {
        dynamodbStreamParameters,
        filterCriteria: { filters: [{ pattern: JSON.stringify(pattern) }] },
    },
});
const of = (length: number): string => "x".repeat(length);

const CASES: readonly (readonly [string, string, Inputs, RegExp])[] = [
    ["a role's name over 64 characters", ROLE, { name: of(65), assumeRolePolicy }, /name of a role has 64 .* has 65$/],
    ["a rule's name over 64 characters", RULE, { name: of(65), eventPattern }, /name of a rule has 64/],
    ["a rule's description over 512", RULE, { description: of(513), eventPattern }, /description of a rule has 512/],
    ["a pipe's name over 64 characters", PIPE, pipe({ name: of(65) }), /name of a pipe has 64/],
    ["a pipe's description over 512", PIPE, pipe({ description: of(513) }), /description of a pipe has 512/],
    ["a pipe's filter over 4,096", PIPE, pipe(filtered({ a: [of(4_096)] })), /characters, and the limit is 4096/],
    [
        "a pipe's input template over 8,192",
        PIPE,
        pipe({ targetParameters: { inputTemplate: of(8_193) } }),
        /input template of a pipe has 8192/,
    ],
    [
        "a stream of another Region",
        PIPE,
        pipe({ source: STREAM.replace("us-east-1", "eu-west-1") }),
        /in one Region and account/,
    ],
    [
        "a stream of another account",
        PIPE,
        pipe({ source: STREAM.replace("000000000000", "111122223333") }),
        /in one Region and account/,
    ],
    ["a function's description over 256", FUNCTION, lambda({ description: of(257) }), /of a function has 256/],
    ["a function's name over 64 characters", FUNCTION, lambda({ name: of(65) }), /must be 1 to 64 letters/],
    ["a time-out over 900 s", FUNCTION, lambda({ timeout: 901 }), /must be 1 to 900 seconds, not 901/],
    ["memory under 128 MB", FUNCTION, lambda({ memorySize: 127 }), /must be 128 to 10240 MB, not 127/],
    [
        "an environment over 4 KB",
        FUNCTION,
        lambda({ environment: { variables: { A: of(4_096) } } }),
        /Lambda's limit of 4 KB/,
    ],
    ["a log group's name over 512", LOGS, { name: of(513) }, /name of a log group has 512/],
    [
        "a log retention that CloudWatch does not know",
        LOGS,
        { retentionInDays: 10 },
        /`retentionInDays` is 10, and must be 0 or one of 1, 3, 5/,
    ],
];

describe("A resource beyond a limit of AWS", () => {
    let services: TestServices;
    let create: ReturnType<typeof creator>;
    before(async () => {
        services = await TestServices.start();
        create = creator({
            ...cloudWatchBehaviours,
            ...eventsBehaviours(services.events),
            ...iamBehaviours(new IamStore()),
            ...pipesBehaviours(services.pipes),
            [FUNCTION]: functionBehaviour(services.functions),
        });
    });
    after(() => services.close());

    for (const [what, type, inputs, problem] of CASES) {
        it(`is refused when it is created: ${what}`, async () => {
            await assert.rejects(create(type, "tested", inputs), problem);
        });
    }

    it("is not one that is just within it", async () => {
        await create(ROLE, "within", { name: of(64), assumeRolePolicy });
        await create(RULE, "within", { name: of(64), description: of(512), eventPattern });
        await create(FUNCTION, "within", lambda({ description: of(256), timeout: 900, memorySize: 128 }));
        await create(LOGS, "within", { retentionInDays: 3653, name: of(512) });
    });
});
