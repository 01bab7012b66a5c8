/**
 * What the subject of a token must say at least, by provider, for it to be of somebody who is known. The providers here
 * serve everybody, so that only the subject tells whose token it is. In each, `<name>` is an owner's, without wildcards.
 */
const SUBJECTS: readonly { readonly provider: RegExp; readonly begins: RegExp }[] = [
    // https://docs.github.com/en/actions/reference/security/oidc
    {
        provider: /^token\.actions\.githubusercontent\.com$/,
        begins: /^(repo:<name>\/|(repository|job_workflow_ref):<name>\/|(repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id):<name>(:|$))/,
    },
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/
    {
        provider: /^gitlab\.com$/,
        begins: /^(project_path|namespace_path):<name>\/|^(project|namespace)_id:<name>(:|$)/,
    },
    // https://www.pulumi.com/docs/deployments/deployments/oidc/
    { provider: /^api\.pulumi\.com\/oidc$/, begins: /^pulumi:[a-z]+:org:<name>(:|$)/ },
    // https://developer.hashicorp.com/terraform/cloud-docs/dynamic-provider-credentials/workload-identity-tokens
    { provider: /^app\.terraform\.io$/, begins: /^organization:<name>(:|$)/ },
    // https://buildkite.com/docs/pipelines/security/oidc
    { provider: /^agent\.buildkite\.com$/, begins: /^organization:<name>(:|$)/ },
];

/** Issuers that serve one organization, in whose address it is; there every token is of somebody who is known. */
const ISSUERS_OF_ONE: readonly RegExp[] = [
    // https://circleci.com/docs/openid-connect-tokens/
    /^oidc\.circleci\.com\/org\/[^/*?]+$/,
    // https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
    /^api\.bitbucket\.org\/2\.0\/workspaces\/[^/*?]+\/pipelines-config\/identity\/oidc$/,
];

/** With a wildcard before the account, it may be anybody in the cluster. */
const SERVICE_ACCOUNT = /^system:serviceaccount:[a-z0-9-]+:[^:$]+$/;

/** The tokens that an EKS cluster gives to its service accounts. */
const EKS = /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/id\//;

/**
 * Whether a condition's value asks for a token of somebody who is known. `provider` is the issuer without its scheme, as
 * in the provider's ARN.
 */
export function isOwnedSubject(provider: string, value: string): boolean {
    if (/\$\{/.test(value)) {
        return false;
    }
    if (EKS.test(provider)) {
        return SERVICE_ACCOUNT.test(value);
    }
    const known = SUBJECTS.find((one) => one.provider.test(provider));
    if (known !== undefined) {
        return new RegExp(known.begins.source.replaceAll("<name>", "[^:/*?]+")).test(value);
    }
    return ISSUERS_OF_ONE.some((issuer) => issuer.test(provider)) ? /^[^*?]/.test(value) : isOwned(value);
}

/**
 * Of a provider that nobody here knows: the whole subject, or a beginning that has the kind of owner and the owner's
 * whole name, such as `organization:acme:*` and `project/shop/*`.
 */
function isOwned(value: string): boolean {
    const literal = /^[^*?]*/.exec(value)?.[0] ?? "";
    if (value === "" || literal === value) {
        return value !== "";
    }
    return !value.startsWith("system:") && /^[^:/]+[:/][^:/]+[:/]/.test(literal);
}
