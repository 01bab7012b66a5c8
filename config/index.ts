import * as pulumi from "@pulumi/pulumi";
import type { PushGatewayArgs } from "../components";
import type { ArgumentKind } from "../components/validation/argument-kinds";
import { GATEWAY_ARGUMENTS, validateGateway } from "../components/validation/gateway-arguments";
import { ProgramError } from "../components/validation/program-error";
import { valueOf } from "./values";

/** What to write for each setting that has no default. */
const EXAMPLES: Readonly<Record<string, string>> = {
    issuer: "issuer https://login.example.com/",
    audience: "audience push-gateway",
    allowedOrigins: "--path 'allowedOrigins[0]' https://shop.example.com",
};

/**
 * The stack's configuration as the arguments of a gateway. What each means is documented there, in `PushGatewayArgs`, and
 * what it may be is checked by the same table; here only so that each problem is named by its key, and all at once.
 *
 * @throws ProgramError that lists everything wrong with it; each line names the key and what to write instead
 */
export function readConfig(): PushGatewayArgs {
    const problems: string[] = [];
    const config = new pulumi.Config();
    const values: Record<string, unknown> = {};
    for (const [key, { kind }] of Object.entries<{ readonly kind: ArgumentKind }>(GATEWAY_ARGUMENTS)) {
        const raw = config.get(key);
        values[key] = raw === undefined ? undefined : valueOf(kind, raw);
    }
    // Of these types, or there are problems.
    const args = values as unknown as PushGatewayArgs;
    validateGateway(args, {
        add: (path, reason) => problems.push(`${config.name}:${path} ${reason}${remedy(path, reason)}`),
    });
    problems.push(...unknownKeys(config.name));
    if (problems.length > 0) {
        const lines = problems.map((problem) => `  ${problem}`).join("\n");
        const title = `The configuration of the stack ${pulumi.getStack()} is not usable, so nothing is created:`;
        throw new ProgramError(`${title}\n${lines}`);
    }
    return args;
}

function remedy(key: string, reason: string): string {
    const example = EXAMPLES[key];
    return reason === "is missing" && example !== undefined ? `; set it: pulumi config set ${example}` : "";
}

/** A misspelt key would be a setting that is silently left at its default. */
function unknownKeys(project: string): string[] {
    const known = Object.keys(GATEWAY_ARGUMENTS).join(", ");
    return Object.keys(pulumi.runtime.allConfig())
        .filter((key) => key.startsWith(`${project}:`))
        .map((key) => key.slice(project.length + 1))
        .filter((key) => !Object.hasOwn(GATEWAY_ARGUMENTS, key))
        .map((key) => `${project}:${key} is not a setting here: pulumi config rm ${key}. There are ${known}`);
}
