/** Who makes a call: a person or test with the administrator's key, a role of the graph, or an AWS service. */
export type Principal =
    | { readonly kind: "administrator"; readonly arn: string }
    | { readonly kind: "role"; readonly arn: string; readonly roleArn: string; readonly sessionName: string }
    /** `sourceArn`: the resource on whose behalf the service acts; a service that takes on a role may not say. */
    | { readonly kind: "service"; readonly service: string; readonly sourceArn?: string }
    | { readonly kind: "anonymous" };

/** One action on one resource, as IAM judges it. A batch call makes one of these per item action. */
export interface AwsCall {
    readonly principal: Principal;
    /** For example `dynamodb:PutItem`. */
    readonly action: string;
    /** The ARN acted upon; `*` where AWS defines no resource for the action. */
    readonly resource: string;
    /** Condition keys and their values, for example `events:source`. */
    readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * The one gate that every call passes: SDK calls, `@connections`, event-source reads, rule targets, pipes.
 * Returns when the call may go on; throws an `AwsError` with AWS's code and text when it may not.
 */
export type Authorize = (call: AwsCall) => void;
