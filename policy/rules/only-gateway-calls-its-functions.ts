import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { accountOf, matchesPattern } from "../../iam";
import { isOwnSource, isTrustedRole, judgeHolders, partArns, TRUSTED_CALLERS } from "../gateway/callers";
import type { Trusting } from "../gateway/callers";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { API, arnOf, FUNCTION, gatewayOf, isBesidePart, partsOfGateways, RULE } from "../gateway/parts";
import { text } from "../resources/properties";
import { namedParts } from "../gateway/names";
import { isMadeFrom, refersTo } from "../resources/references";
import { shownOutputs } from "../gateway/shown-outputs";
import { validateWhole } from "../settings/stack-rule";
import { ifKnown, judgeEach } from "../resources/unknowns";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    trustedCallers: [] as readonly string[],
    functions: [] as readonly string[],
};

const ACTIONS = {
    uses: ["lambda:InvokeAsync", "lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
    changes: [
        "AddPermission",
        "CreateAlias",
        "CreateEventSourceMapping",
        "CreateFunctionUrlConfig",
        "DeleteAlias",
        "DeleteFunction",
        "DeleteFunctionCodeSigningConfig",
        "DeleteFunctionConcurrency",
        "DeleteFunctionEventInvokeConfig",
        "DeleteFunctionUrlConfig",
        "DeleteProvisionedConcurrencyConfig",
        "PublishVersion",
        "PutFunctionCodeSigningConfig",
        "PutFunctionConcurrency",
        "PutFunctionEventInvokeConfig",
        "PutFunctionRecursionConfig",
        "PutFunctionScalingConfig",
        "PutProvisionedConcurrencyConfig",
        "PutRuntimeManagementConfig",
        "RemovePermission",
        "UpdateAlias",
        "UpdateFunctionCode",
        "UpdateFunctionCodeSigningConfig",
        "UpdateFunctionConfiguration",
        "UpdateFunctionEventInvokeConfig",
        "UpdateFunctionUrlConfig",
    ].map((action) => `lambda:${action}`),
};

const PERMISSION = "aws:lambda/permission:Permission";

export const onlyGatewayCallsItsFunctions: StackValidationPolicy = {
    name: "only-gateway-calls-its-functions",
    description: "Nobody but the gateway itself, and whom the platform trusts, may call its functions.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        ...TRUSTED_CALLERS,
        functions: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of further functions of a gateway, where no reference to it shows them.",
            default: DEFAULTS.functions,
        },
    }),
    remediationSteps:
        "Remove it, and publish on the push bus: it is there that a namespace is checked. List the role of an " +
        "operator, whom the platform trusts with every namespace, in the setting `trustedCallers`.",
    validateStack: validateWhole(DEFAULTS, (resources, { functions, ...config }, report) => {
        const known = [...functions, ...partArns(FUNCTION, resources), ...shownOutputs(resources, "notifierArn")];
        const arns = [...known, ...namedParts("functions", resources)];
        // Also by a version or an alias.
        const targets = arns.flatMap((arn) => [arn, `${arn}:*`]);
        judgeEach(resources, (resource) => {
            judgeHolders(resource, resources, { ...ACTIONS, ...config, targets }, report);
            if (resource.type === PERMISSION) {
                const called = functionOf(resource, "function", resources, arns);
                const principal = text(resource.props, "principal") ?? "";
                if (called !== undefined && !mayCall(resource, principal, called, resources, config)) {
                    report(
                        resource.urn,
                        `It lets ${principal} call a function of the gateway, past the push bus. ` +
                            "Remove it: publish on the push bus in its place.",
                    );
                }
            }
            const property = settingOf(resource);
            const called = property === undefined ? undefined : functionOf(resource, property, resources, arns);
            if (
                called !== undefined &&
                !(called.part !== undefined && isBesidePart(resource, called.part, resources))
            ) {
                report(
                    resource.urn,
                    "It calls a function of the gateway, or says how or by whom it is called, past the push bus. " +
                        "Remove it: publish on the push bus in its place.",
                );
            }
        });
    }),
};

/**
 * The property by which a resource names the function that it is about: of Lambda's, everything that calls a function,
 * or is a setting of it, names one so.
 */
function settingOf({ type, props }: PolicyResource): string | undefined {
    const isSetting = type.startsWith("aws:lambda/") && type !== FUNCTION && type !== PERMISSION;
    return isSetting
        ? ["functionName", "functionArn"].find((name) => ifKnown(() => props[name] !== undefined, true))
        : undefined;
}

/** A gateway's function that a property names. */
interface Called {
    /** The function, where the stack itself has it. */
    readonly part?: PolicyResource;
    /** Reads its account; a preview may not know it yet. */
    readonly readAccount: () => string | undefined;
}

/** The gateway's function that a property names: by name, by ARN or the end of it, with a version or without. */
function functionOf(
    resource: PolicyResource,
    property: string,
    resources: readonly PolicyResource[],
    arns: readonly string[],
): Called | undefined {
    const given = ifKnown(() => text(resource.props, property), undefined);
    const name = given === undefined ? undefined : nameIn(given);
    const isNamed = (arn: string | undefined): boolean => {
        return arn !== undefined && name !== undefined && matchesPattern(nameIn(arn), name);
    };
    const part = partsOfGateways(resources, FUNCTION).find((one) => {
        return refersTo(resource, property, one) || isNamed(arnOf(one));
    });
    if (part !== undefined) {
        return { part, readAccount: () => accountOf(text(part.props, "arn") ?? "") };
    }
    const arn = arns.find(isNamed);
    return arn === undefined ? undefined : { readAccount: () => accountOf(arn) };
}

function nameIn(nameOrArn: string): string {
    return /^(?:.*\bfunction:)?([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

function mayCall(
    permission: PolicyResource,
    principal: string,
    called: Called,
    resources: readonly PolicyResource[],
    config: Trusting,
): boolean {
    if (principal === "*" || /^(\d{12}$|arn:)/.test(principal)) {
        return principal !== "*" && isTrustedRole(principal, config, called.readAccount());
    }
    const { part } = called;
    if (part === undefined) {
        return false;
    }
    const isKnown = ifKnown(() => text(permission.props, "sourceArn") !== undefined, undefined);
    if (isKnown === undefined) {
        return [RULE, API]
            .flatMap((type) => partsOfGateways(resources, type, gatewayOf(part)))
            .some((source) => isMadeFrom(permission, "sourceArn", source));
    }
    // Where there is none, `function-permissions-name-source` asks for it.
    const source = text(permission.props, "sourceArn");
    return source === undefined || isOwnSource(source, part, resources);
}
