import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Statement } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { validateTypes } from "../settings/resource-rule";
import { judgeTrust, nameOf, ROLE } from "../statements/statements";
import { isOwnedSubject } from "../statements/token-subjects";

/** What narrows "everybody" down to principals that somebody vouches for. */
const OWN_PRINCIPALS = ["aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn"];

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
            if ((everyone || inverted) && !isNarrowed(statement, (key) => OWN_PRINCIPALS.includes(key), isOwn)) {
                report(
                    `${nameOf(statement)} of the trust policy lets everybody take on the role. ` +
                        "Name the service, the account or the role that may.",
                );
                return;
            }
            for (const provider of others) {
                const issuer = provider.split(":oidc-provider/")[1];
                // A provider without an issuer is a SAML one, or one that everybody has: the audience is an application's.
                const claims = issuer === undefined ? ["aud", "app_id"] : ["sub"];
                const isOurs = (value: string): boolean => {
                    return issuer === undefined ? isLiteral(value) : isOwnedSubject(issuer, value);
                };
                if (!isNarrowed(statement, (key) => claims.some((claim) => key.endsWith(`:${claim}`)), isOurs)) {
                    report(
                        `${nameOf(statement)} of the trust policy lets everybody with a token of ${provider} take on ` +
                            `the role. Add a condition on the token's \`${claims[0] ?? ""}\` that names whose it is.`,
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

/**
 * Whether a value of a principal's key is one account's, or one organization's. A variable that the caller fills makes
 * it true of everybody: `aws:PrincipalOrgID` is always `${aws:PrincipalOrgID}`. What the role itself fills does not.
 */
function isOwn(value: string): boolean {
    return (
        /^\$\{aws:Resource(Account|OrgID|OrgPaths)\}$/i.test(value) ||
        isLiteral(value) ||
        /^arn:[^:*?$]+:(iam|sts)::[^:*?$]+:/.test(value) ||
        /^o-[a-z0-9]+\/[^$]*$/.test(value)
    );
}

function isLiteral(value: string): boolean {
    return value !== "" && !/[*?]|\$\{/.test(value);
}
