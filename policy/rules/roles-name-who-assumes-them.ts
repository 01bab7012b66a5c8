import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { judgeTrust, nameOf, ROLE } from "../statements/statements";

/** What narrows "everybody" down to principals that somebody vouches for. */
const OWN_PRINCIPALS = ["aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn"];

/** The tokens that an EKS cluster gives to its service accounts. */
const EKS_PROVIDER = /:oidc-provider\/oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/id\//;

export const rolesNameWhoAssumesThem: ResourceValidationPolicy = {
    name: "roles-name-who-assumes-them",
    description: "A role must say who takes it on: never everybody, and of an identity provider whose tokens.",
    severity: "critical",
    enforcementLevel: "mandatory",
    configSchema: configSchema(),
    remediationSteps:
        "Name the service, the account or the role in `Principal`. For an OpenID Connect provider, such as a CI's, " +
        "condition the statement on the token's `sub`, with the repository at least, or a cluster's namespace.",
    validateResource: validateTypes([ROLE], NO_EXEMPTIONS, (args, _config, report) => {
        judgeTrust(args, (statement) => {
            const { everyone, inverted, others } = statement.principals ?? {
                everyone: true,
                inverted: false,
                others: [],
            };
            if ((everyone || inverted) && !isNarrowed(statement, (key) => OWN_PRINCIPALS.includes(key), isOwned)) {
                report(
                    `${nameOf(statement)} of the trust policy lets everybody take on the role. ` +
                        "Name the service, the account or the role that may.",
                );
                return;
            }
            for (const provider of others) {
                const claim = provider.includes(":oidc-provider/") ? "sub" : "aud";
                const isOurs = EKS_PROVIDER.test(provider) ? isOfOneNamespace : isOwned;
                if (!isNarrowed(statement, (key) => key.endsWith(`:${claim}`), isOurs)) {
                    report(
                        `${nameOf(statement)} of the trust policy lets everybody with a token of ${provider} take on ` +
                            `the role. Add a condition on the token's \`${claim}\`.`,
                    );
                }
            }
        });
    }),
};

/** Whether a condition asks for values that somebody owns. */
function isNarrowed(
    { conditions }: Statement,
    isKey: (key: string) => boolean,
    isOurs: (value: string) => boolean,
): boolean {
    return conditions.some(
        ({ key, operator, ifExists, qualifier, values }) =>
            isKey(key.toLowerCase()) &&
            /^(String|Arn)(Equals|Like)$/.test(operator) &&
            !ifExists &&
            qualifier !== "ForAllValues" &&
            values.every(isOurs),
    );
}

/** `repo:acme/shop:*` is somebody's; `*`, `repo:*` and all that begins so may be anybody's. */
function isOwned(value: string): boolean {
    const literal = /^[^*?]*/.exec(value)?.[0] ?? "";
    return literal !== "" && (literal === value || literal.includes("/"));
}

/**
 * `system:serviceaccount:shop:*` is whoever works in that namespace of the cluster; with a wildcard in its place, or
 * before it, it may be anybody in the cluster.
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
function isOfOneNamespace(value: string): boolean {
    return /^system:serviceaccount:[a-z0-9-]+:[^:$]+$/.test(value);
}
