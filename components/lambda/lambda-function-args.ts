import type * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "../permissions/policy-statement";

/** Where in a VPC a function's network interfaces are. */
export interface FunctionNetwork {
    /** Private subnets with a way out (a NAT gateway): a function has no public address of its own. */
    readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
    /** Security groups that let HTTPS out. */
    readonly securityGroupIds: pulumi.Input<pulumi.Input<string>[]>;
}

export interface LambdaFunctionArgs {
    /**
     * The TypeScript or JavaScript file that exports `handler`; absolute, or relative to the directory the program
     * runs in. Plain, because it is bundled while the program runs.
     */
    readonly entry: string;
    /**
     * Texts to deploy beside the code, by file name: a page or a template, which the function reads from `__dirname`.
     * Plain. Defaults to none.
     */
    readonly files?: Record<string, string>;
    /** The purpose of the function, in 0 to 256 characters; shown in the console. */
    readonly description: pulumi.Input<string>;
    /** Environment variables. Secrets stay secret in the stack's state. Defaults to none. */
    readonly environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /**
     * The permissions of the function, apart from writing its own log. Plain list; an action with a wildcard is
     * refused. Defaults to nothing.
     */
    readonly allow?: PolicyStatement[];
    /** Seconds until a run is cut off, 1 to 900. Defaults to 10. */
    readonly timeoutSeconds?: pulumi.Input<number>;
    /** Memory in MB, 128 to 10,240; the share of a CPU grows with it, a whole one at 1,769. Defaults to 512. */
    readonly memoryMegabytes?: pulumi.Input<number>;
    /** Days until a log entry is deleted; one of the periods that CloudWatch Logs knows. Defaults to 30. */
    readonly logRetentionDays?: pulumi.Input<number>;
    /** Puts the function into a VPC. Plain, because it decides whether the role is allowed there. Defaults to none. */
    readonly network?: FunctionNetwork;
}
