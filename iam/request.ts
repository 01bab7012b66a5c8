/**
 * Who asks. The account's root user is not modelled: give an administrator's user a policy that allows everything.
 */
export type IamPrincipal =
    | { readonly kind: "user"; readonly arn: string }
    /** A session of a role: `arn` is that of the session, `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
    | { readonly kind: "role"; readonly arn: string; readonly roleArn: string }
    /** An AWS service acting for the resource `sourceArn`; `service` is for example `events.amazonaws.com`. */
    | { readonly kind: "service"; readonly service: string; readonly sourceArn?: string }
    | { readonly kind: "anonymous" };

/** One action on one resource. A batch call is several of these, one per item, as AWS judges it. */
export interface IamRequest {
    readonly principal: IamPrincipal;
    /** For example `dynamodb:PutItem`; compared without regard to case. */
    readonly action: string;
    /** The ARN acted upon. An action for which AWS defines no resource type is judged by `*`, whatever stands here. */
    readonly resource: string;
    /** The account that owns the resource. Defaults to the one in its ARN, or the principal's own where it has none. */
    readonly resourceAccount?: string;
    /**
     * Condition keys and their values, for example `events:source`. Keys that follow from the principal
     * (`aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:username`, `aws:SourceArn`,
     * `aws:SourceAccount`, `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`) are added; what is given here wins.
     * There is no clock in here: `aws:CurrentTime` is the caller's to give.
     */
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** The account number in an ARN; `undefined` where it has none, as in `arn:aws:s3:::bucket`. */
export function accountOf(arn: string): string | undefined {
    const account = arn.split(":", 5)[4];
    return account === "" ? undefined : account;
}

/** The account that the principal belongs to; services and anonymous callers belong to none. */
export function principalAccount(principal: IamPrincipal): string | undefined {
    return principal.kind === "user" || principal.kind === "role" ? accountOf(principal.arn) : undefined;
}
