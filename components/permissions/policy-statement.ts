import * as pulumi from "@pulumi/pulumi";

/** One condition under which a statement applies, for example `ForAllValues:StringEquals` on `events:source`. */
export interface PolicyCondition {
    /** The operator, for example `StringEquals` or `Null`. */
    readonly test: string;
    /** The condition key, for example `events:source`. */
    readonly variable: string;
    /** The values to compare with; any one of them suffices. */
    readonly values: pulumi.Input<string>[];
}

/**
 * An IAM statement that allows something, as data. It has the shape that `aws.iam.getPolicyDocumentOutput` takes, so
 * a gateway's grants can be given to a `LambdaFunction` here or to any role elsewhere.
 */
export interface PolicyStatement {
    /** The actions by name. Wildcards are refused: list the actions that are called. */
    readonly actions: string[];
    /** The ARNs acted upon. */
    readonly resources: pulumi.Input<string>[];
    /** All of them must hold. Defaults to none. */
    readonly conditions?: PolicyCondition[];
}

/** The policy document that allows exactly `statements`, as the JSON text IAM takes. */
export function policyDocument(statements: readonly PolicyStatement[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements.map(toIam) });
}

function toIam(statement: PolicyStatement): object {
    return {
        Effect: "Allow",
        Action: statement.actions,
        Resource: statement.resources,
        ...(statement.conditions === undefined ? {} : { Condition: toIamConditions(statement.conditions) }),
    };
}

function toIamConditions(conditions: readonly PolicyCondition[]): Record<string, Record<string, unknown>> {
    const byTest: Record<string, Record<string, unknown>> = {};
    for (const { test, variable, values } of conditions) {
        byTest[test] = { ...byTest[test], [variable]: values.length === 1 ? values[0] : values };
    }
    return byTest;
}
