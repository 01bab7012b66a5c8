import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { isOwnSource, isTrusted, judgeHolders, partArns, TRUSTED_CALLERS } from "../gateway/callers";
import type { Trusting } from "../gateway/callers";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { API, arnOf, FUNCTION, gatewayOf, isBesidePart, partsOfGateways, RULE } from "../gateway/parts";
import { text } from "../resources/properties";
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
        "DeleteFunction",
        "DeleteFunctionConcurrency",
        "DeleteFunctionEventInvokeConfig",
        "PutFunctionConcurrency",
        "PutFunctionEventInvokeConfig",
        "PutFunctionRecursionConfig",
        "PutRuntimeManagementConfig",
        "RemovePermission",
        "UpdateAlias",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "UpdateFunctionEventInvokeConfig",
        "UpdateFunctionUrlConfig",
    ].map((action) => `lambda:${action}`),
};

const PERMISSION = "aws:lambda/permission:Permission";

/** What decides who calls a function, or calls it at once. Each names it in `functionName`. */
const CALLS: readonly string[] = [
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/functionUrl:FunctionUrl",
    "aws:lambda/invocation:Invocation",
];

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
        const arns = [...functions, ...partArns(FUNCTION, resources), ...shownOutputs(resources, "notifierArn")];
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
            if (CALLS.includes(resource.type)) {
                const called = functionOf(resource, "functionName", resources, arns);
                if (called !== undefined && (called === ELSEWHERE || !isBesidePart(resource, called, resources))) {
                    report(
                        resource.urn,
                        "It calls a function of the gateway, or says who does, past the push bus. " +
                            "Remove it: publish on the push bus in its place.",
                    );
                }
            }
        });
    }),
};

/** A gateway's function that no resource here is. */
const ELSEWHERE = Symbol("elsewhere");

type Called = PolicyResource | typeof ELSEWHERE;

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
    return part ?? (arns.some(isNamed) ? ELSEWHERE : undefined);
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
        return principal !== "*" && isTrusted(principal, config);
    }
    if (called === ELSEWHERE) {
        return false;
    }
    const isKnown = ifKnown(() => text(permission.props, "sourceArn") !== undefined, undefined);
    if (isKnown === undefined) {
        return [RULE, API]
            .flatMap((type) => partsOfGateways(resources, type, gatewayOf(called)))
            .some((source) => isMadeFrom(permission, "sourceArn", source));
    }
    // Where there is none, `function-permissions-name-source` asks for it.
    const source = text(permission.props, "sourceArn");
    return source === undefined || isOwnSource(source, called, resources);
}
