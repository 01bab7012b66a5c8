import type { ResourceValidationPolicy } from "@pulumi/policy";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { isTrue, text } from "../resources/properties";
import type { Properties } from "../resources/properties";
import { validateTypes } from "../settings/resource-rule";
import { ifKnown } from "../resources/unknowns";

const TYPES = ["aws:lambda/permission:Permission"];

export const functionPermissionsNameSource: ResourceValidationPolicy = {
    name: "function-permissions-name-source",
    description: "Permissions to invoke a function must name the resource that invokes it.",
    severity: "high",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps:
        "Set `sourceArn` to the ARN of the rule, the route or the topic that invokes the function; for a bucket, " +
        "whose ARN names no account, `sourceAccount` too.",
    validateResource: validateTypes(TYPES, NO_EXEMPTIONS, ({ props }, _config, report) => {
        const action = text(props, "action") ?? "";
        if (/[*?]/.test(action)) {
            report(`It allows ${action}. Write \`lambda:InvokeFunction\`.`);
        }
        const principal = text(props, "principal") ?? "";
        if (principal === "*") {
            // In a preview the organization may not exist yet; it is given all the same.
            if (!isPublicUrl(props) && !ifKnown(() => isOwnOrganization(props), true)) {
                report(
                    "It lets everybody invoke the function. Name a principal and its `sourceArn`, " +
                        "or your organization in `principalOrgId`, or make it the permission of a Function URL.",
                );
            }
            return;
        }
        // An account, role or user is its own source; everything else is a service, which acts for any account.
        if (/^(\d{12}$|arn:)/.test(principal)) {
            return;
        }
        // In a preview the source may not exist yet; it is given all the same.
        const problem = ifKnown(
            () => (isOneSkill(principal, props) ? undefined : sourceProblem(principal, props)),
            undefined,
        );
        if (problem !== undefined) {
            report(
                `Any ${principal.split(".")[0] ?? ""} resource ${problem} can invoke the function. ` +
                    "Set `sourceArn` to the ARN of the one that does.",
            );
        }
    }),
};

/** The two permissions of a Function URL that anybody may call; the function itself must check who does. */
function isPublicUrl(props: Properties): boolean {
    return (
        (text(props, "action") === "lambda:InvokeFunctionUrl" && text(props, "functionUrlAuthType") === "NONE") ||
        (text(props, "action") === "lambda:InvokeFunction" && isTrue(props, "invokedViaFunctionUrl"))
    );
}

/** Whether everybody is everybody in one organization of AWS accounts. */
function isOwnOrganization(props: Properties): boolean {
    return /^o-[a-z0-9]+$/.test(text(props, "principalOrgId") ?? "");
}

/**
 * Alexa's skills have no ARN: the token is the skill's ID.
 * https://developer.amazon.com/en-US/docs/alexa/custom-skills/host-a-custom-skill-as-an-aws-lambda-function.html
 */
function isOneSkill(principal: string, props: Properties): boolean {
    return (
        /^alexa-(appkit|connectedhome)\.amazon\.com$/.test(principal) &&
        /^amzn1\.[\w.-]+$/.test(text(props, "eventSourceToken") ?? "")
    );
}

/**
 * Services that call a function for something that can only be made once they may: they name the account alone.
 * https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_nodejs.html (AWS Config)
 * https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html (a receipt rule)
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
 */
const CALLERS_BY_ACCOUNT: readonly string[] = ["config", "secretsmanager", "ses"].map(
    (name) => `${name}.amazonaws.com`,
);

function sourceProblem(principal: string, props: Properties): string | undefined {
    const arn = text(props, "sourceArn");
    const isOfAccount = /^\d{12}$/.test(text(props, "sourceAccount") ?? "");
    if (arn === undefined) {
        return isOfAccount && CALLERS_BY_ACCOUNT.includes(principal) ? undefined : "of any account";
    }
    const [, , service = "", region = "", account = "", ...rest] = arn.split(":");
    const id = idOf(service, rest.join(":"));
    if ([service, region, account, id].some((part) => /[*?]|\$\{/.test(part)) || id === "") {
        return `that ${arn} stands for`;
    }
    return account === "" && !isOfAccount ? "of that name, in any account," : undefined;
}

/** The resource's own id, which must be literal; below it, a stage, a route or a stream may be any. */
function idOf(service: string, resource: string): string {
    switch (service) {
        case "execute-api":
            return resource.split("/")[0] ?? "";
        case "logs":
            // Names of log groups have slashes: `log-group:/aws/lambda/orders:*`.
            return /^(log-group:.+?)(:\*|:log-stream:.*)?$/.exec(resource)?.[1] ?? "";
        default:
            return /^[^/:]*[/:]?[^/:]*/.exec(resource)?.[0] ?? "";
    }
}
