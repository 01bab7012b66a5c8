import * as pulumi from "@pulumi/pulumi";
import type { PushGatewayArgs } from "../components";
import { LOG_RETENTION_DAYS } from "../contract/limits";
import { validateNetwork } from "../components/lambda/network";
import { ProgramError } from "../components/validation/program-error";
import type { Parse } from "./values";
import {
    boolean,
    cidrBlock,
    httpUrl,
    identifier,
    listOf,
    oneOf,
    oneOrListOf,
    origins,
    record,
    text,
    wholeNumber,
} from "./values";

/** How a setting of the platform stack is read, and what to write for one that has no default. */
interface Setting<T> {
    readonly parse: Parse<T>;
    readonly example?: string;
}

/** `PushGatewayArgs` documents the meaning of each setting, and its default. */
const SETTINGS: { readonly [Key in keyof Required<PushGatewayArgs>]: Setting<PushGatewayArgs[Key]> } = {
    issuer: { parse: httpUrl, example: "https://login.example.com/" },
    audience: { parse: oneOrListOf(identifier), example: "push-gateway" },
    allowedOrigins: { parse: origins, example: "--path 'allowedOrigins[0]' https://shop.example.com" },
    jwksUri: { parse: httpUrl },
    tokenInQuery: { parse: boolean },
    userIdClaim: { parse: text },
    forwardedClaims: { parse: listOf(identifier) },
    maxSubscriptionsPerConnection: { parse: wholeNumber(1, 1000) },
    throttling: { parse: record({ rateLimit: wholeNumber(1, 10_000), burstLimit: wholeNumber(1, 5000) }, {}) },
    logRetentionDays: { parse: oneOf(LOG_RETENTION_DAYS) },
    deliveryRate: { parse: wholeNumber(50, 10_000) },
    deliveryConcurrency: { parse: wholeNumber(1, 1000) },
    network: {
        parse: record(
            {},
            {
                create: boolean,
                cidrBlock,
                vpcId: identifier,
                subnetIds: listOf(identifier),
                securityGroupIds: listOf(identifier),
            },
        ),
    },
    protect: { parse: boolean },
    manageApiGatewayLogging: { parse: boolean },
    alarmActions: { parse: listOf(identifier) },
};

/**
 * The stack's configuration, validated.
 *
 * @throws ProgramError that lists everything wrong with it; each line names the key and what to write instead
 */
export function readConfig(): PushGatewayArgs {
    const problems: string[] = [];
    const config = new pulumi.Config();
    const values: Record<string, unknown> = {};
    for (const [key, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
        values[key] = readSetting(config, key, setting, problems);
    }
    // Complete and of these types, or there are problems.
    const args = values as unknown as PushGatewayArgs;
    if (args.network !== undefined) {
        validateNetwork(args.network, {
            add: (path, reason) => problems.push(`${config.name}:${path} ${reason}`),
        });
    }
    problems.push(...unknownKeys(config.name));
    if (problems.length > 0) {
        const lines = problems.map((problem) => `  ${problem}`).join("\n");
        const title = `The configuration of the stack ${pulumi.getStack()} is not usable, so nothing is created:`;
        throw new ProgramError(`${title}\n${lines}`);
    }
    return args;
}

function readSetting(config: pulumi.Config, key: string, setting: Setting<unknown>, problems: string[]): unknown {
    const raw = config.get(key);
    if (raw !== undefined) {
        return setting.parse(raw, (reason, path = "") => problems.push(`${config.name}:${key}${path} ${reason}`));
    }
    if (setting.example !== undefined) {
        const assignment = setting.example.startsWith("--path") ? setting.example : `${key} ${setting.example}`;
        problems.push(`${config.name}:${key} is missing; set it: pulumi config set ${assignment}`);
    }
    return undefined;
}

/** A misspelt key would be a setting that is silently left at its default. */
function unknownKeys(project: string): string[] {
    const known = Object.keys(SETTINGS).join(", ");
    return Object.keys(pulumi.runtime.allConfig())
        .filter((key) => key.startsWith(`${project}:`))
        .map((key) => key.slice(project.length + 1))
        .filter((key) => !Object.hasOwn(SETTINGS, key))
        .map((key) => `${project}:${key} is not a setting here: pulumi config rm ${key}. There are ${known}`);
}
