import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { accountOf, matchesPattern } from "../../iam";
import type { Trusting } from "../gateway/callers";
import { isForOwn, isForTrusted, judgeHolders, partArns, TRUSTED_CALLERS } from "../gateway/callers";
import { namedParts } from "../gateway/names";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import type { ReportResource } from "../settings/exemptions";
import { arnOf, gatewayOf, isBesidePart, partsOfGateways, QUEUE } from "../gateway/parts";
import { asProperties, text } from "../resources/properties";
import { namesAnyOf } from "../statements/reach";
import { refersTo } from "../resources/references";
import { validateWhole } from "../settings/stack-rule";
import { judgeAllowed, nameOf } from "../statements/statements";
import { ifKnown, judgeEach } from "../resources/unknowns";

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    trustedCallers: [] as readonly string[],
    // No output of a gateway shows its queues to other stacks. In our own program they have these names.
    queues: ["arn:*:sqs:*:*:push-delivery-*"] as readonly string[],
};

const ACTIONS = {
    uses: [
        "ChangeMessageVisibility",
        "DeleteMessage",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
        "StartMessageMoveTask",
    ].map((action) => `sqs:${action}`),
    changes: ["AddPermission", "DeleteQueue", "RemovePermission", "SetQueueAttributes"].map(
        (action) => `sqs:${action}`,
    ),
};

const POLICY = "aws:sqs/queuePolicy:QueuePolicy";

/** What has SQS move messages that nobody could handle into another queue, which need not allow it. */
const REDRIVES: readonly string[] = [QUEUE, "aws:sqs/redrivePolicy:RedrivePolicy"];

export const onlyGatewayUsesItsQueues: StackValidationPolicy = {
    name: "only-gateway-uses-its-queues",
    description: "Nobody but the gateway itself, and whom the platform trusts, may use its queues and dead letters.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema({
        ...TRUSTED_CALLERS,
        queues: {
            type: "array",
            items: { type: "string" },
            description: "ARNs of a gateway's queues in other stacks; * stands for any run of characters.",
            default: DEFAULTS.queues,
        },
    }),
    remediationSteps:
        "Remove it, and publish on the push bus: what is in the delivery queue is sent to whomever it names. List " +
        "the role of an operator, who redrives dead letters, in the setting `trustedCallers`.",
    validateStack: validateWhole(DEFAULTS, (resources, { queues, ...config }, report) => {
        const targets = [...queues, ...partArns(QUEUE, resources), ...namedParts("queues", resources)];
        judgeEach(resources, (resource) => {
            const filled = REDRIVES.includes(resource.type) ? filledQueue(resource, resources, targets) : undefined;
            if (filled !== undefined) {
                report(
                    resource.urn,
                    `It moves messages into ${filled}, the gateway's. ` + "Use a dead-letter queue of your own.",
                );
            }
            judgeHolders(resource, resources, { ...ACTIONS, ...config, targets }, report);
            judgeOwnPolicy(resource, resources, { ...config, targets }, report);
        });
    }),
};

/** A queue's own policy, wherever it is written. */
function judgeOwnPolicy(
    policy: PolicyResource,
    resources: readonly PolicyResource[],
    config: Trusting & { readonly targets: readonly string[] },
    report: ReportResource,
): void {
    const queue =
        policy.type === POLICY
            ? partsOfGateways(resources, QUEUE).find((one) => refersTo(policy, "queueUrl", one))
            : policy.type === QUEUE && gatewayOf(policy) !== undefined
              ? policy
              : undefined;
    if (queue === undefined && !(policy.type === POLICY && isElsewhere(policy, config.targets))) {
        return;
    }
    judgeAllowed(policy, (statement) => {
        const changes = namesAnyOf(statement, ACTIONS.changes);
        const isAllowed =
            (queue !== undefined && isForOwn(statement, queue, resources)) ||
            (!changes && isForTrusted(statement, config, accountOfQueue(policy, queue)));
        if ((changes || namesAnyOf(statement, ACTIONS.uses)) && !isAllowed) {
            report(
                policy.urn,
                `${nameOf(statement)} lets others than the gateway use its queue. ` +
                    "Name the gateway's own rule in a condition on `aws:SourceArn`, or remove it.",
            );
        }
    });
}

/** A queue's policy is in the queue's own account, which is in its URL too. */
function accountOfQueue(policy: PolicyResource, queue: PolicyResource | undefined): string | undefined {
    const url = policy.type === POLICY ? ifKnown(() => text(policy.props, "queueUrl"), undefined) : undefined;
    return url === undefined ? accountOf(text(queue?.props ?? {}, "arn") ?? "") : url.split("/").at(-2);
}

/** By the URL of a queue of another stack: `https://sqs.us-east-1.amazonaws.com/123456789012/name`. */
function isElsewhere({ props }: PolicyResource, targets: readonly string[]): boolean {
    const url = ifKnown(() => text(props, "queueUrl"), undefined) ?? "";
    const [account = "", name = ""] = url.split("/").slice(-2);
    return targets.some((pattern) => matchesPattern(pattern.split(":").slice(-2).join(":"), `${account}:${name}`));
}

/** The gateway's queue into which a redrive policy moves messages of another one. */
function filledQueue(
    resource: PolicyResource,
    resources: readonly PolicyResource[],
    targets: readonly string[],
): string | undefined {
    const policy = ifKnown(() => text(resource.props, "redrivePolicy"), undefined);
    const arn = policy === undefined ? undefined : deadLettersOf(policy);
    if (arn === undefined || !targets.some((pattern) => matchesPattern(pattern, arn))) {
        return undefined;
    }
    const queue = partsOfGateways(resources, QUEUE).find((one) => arnOf(one) === arn);
    return queue !== undefined && isBesidePart(resource, queue, resources) ? undefined : arn;
}

function deadLettersOf(redrivePolicy: string): string | undefined {
    try {
        return text(asProperties(JSON.parse(redrivePolicy)), "deadLetterTargetArn");
    } catch {
        return undefined;
    }
}
