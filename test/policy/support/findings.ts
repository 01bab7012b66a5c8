import * as assert from "node:assert/strict";
import { diagnose } from "./analyzer";
import type { Stack } from "./mutations";

/** Asserts that the pack stops the stack for these reasons, in this order, and for no others. */
export async function assertFound(
    stack: Stack,
    ...expected: (readonly [policy: string, resource: string])[]
): Promise<void> {
    const diagnostics = await diagnose(stack);
    assert.deepEqual(
        diagnostics.map(({ policy, resource }) => [policy, resource] as const),
        expected,
    );
    assert.ok(diagnostics.every(({ level }) => level === "mandatory"));
}

/** The rules that stop the stack, each as often as it finds something. */
export async function found(stack: Stack): Promise<string[]> {
    return (await diagnose(stack)).filter(({ level }) => level === "mandatory").map(({ policy }) => policy);
}

/** The text of a policy with one statement that allows something. It stands by itself rather than in a list. */
export function policyOf(statement: object): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } });
}
