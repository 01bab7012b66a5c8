import type * as pulumi from "@pulumi/pulumi";

/**
 * The value of an output as a promise: rejected where the output failed, `undefined` where a preview does not know it.
 * Pulumi has it on every output but leaves it out of its types, since a program that awaits a resource's output in a
 * preview would see that `undefined`.
 */
export function settled<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    return (output as unknown as { promise(): Promise<T | undefined> }).promise();
}
