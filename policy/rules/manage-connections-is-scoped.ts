import type { ResourceValidationPolicy } from "@pulumi/policy";
import { namesAnyAction, patternsIntersect } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { IDENTITY_POLICY_TYPES, judgeAllowed, nameOf } from "../statements/statements";

const DEFAULTS = { ...NO_EXEMPTIONS, verbs: ["POST"] };

export const manageConnectionsIsScoped: ResourceValidationPolicy = {
    name: "manage-connections-is-scoped",
    description: "Who may reach connections may do so on one API, one stage and with one verb.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        verbs: {
            type: "array",
            items: { type: "string", enum: ["POST", "GET", "DELETE"] },
            description: "What may be granted: to send (POST), to look up (GET), to disconnect (DELETE).",
            default: DEFAULTS.verbs,
        },
    }),
    remediationSteps: "Write the resource as `${api.executionArn}/${stage.name}/POST/@connections/*`.",
    validateResource: validateTypes(IDENTITY_POLICY_TYPES, DEFAULTS, (args, { verbs }, report) => {
        judgeAllowed(args, (statement) => {
            if (!namesAnyAction(statement, "execute-api:ManageConnections")) {
                return;
            }
            const { inverted, patterns } = statement.resources;
            const onApis = patterns.filter((pattern) => inverted || patternsIntersect(pattern, ANY_API));
            for (const pattern of onApis) {
                const verb = inverted ? undefined : verbOf(pattern);
                if (verb === undefined || !verbs.includes(verb)) {
                    report(
                        `${nameOf(statement)} reaches connections on ${inverted ? "all but " : ""}${pattern}. ` +
                            `Write \`\${api.executionArn}/\${stage.name}/${verbs.join("|")}/@connections/*\`.`,
                    );
                }
            }
        });
    }),
};

const ANY_API = "arn:*:execute-api:*";

/** The verb of an ARN that is literal up to the connection: partition, Region, account, API, stage and verb. */
function verbOf(pattern: string): string | undefined {
    const literal = "[^:/*?$]+";
    const api = `arn:${literal}:execute-api:${literal}:${literal}:${literal}`;
    const stage = `(?:${literal}|\\$default)`;
    return new RegExp(`^${api}/${stage}/(${literal})/@connections/`).exec(pattern)?.[1];
}
