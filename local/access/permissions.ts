import type { Condition, PrincipalSelection, Selection, Statement } from "../../iam";
import { hasNoResource, matchesPattern, matchPrincipal } from "../../iam";
import type { Principal } from "../aws/authorization";
import type { Granted, HeldStatement } from "./gate";
import { toIamPrincipal } from "./gate";
import type { HeldPolicy } from "./held-policy";

/**
 * The smallest part of a policy that could be left out: one action on one resource, to one principal where a resource's
 * policy names several.
 */
export interface Permission {
    /** The ARN of the role that may, or of the resource that lets in. */
    readonly holder: string;
    readonly policy: string;
    /** Position in the policy, from 0. */
    readonly statement: number;
    /** Whom a resource's policy lets in; `undefined` where it is the role itself that may. */
    readonly principal: string | undefined;
    readonly action: string;
    readonly resource: string;
    readonly conditions: readonly Condition[];
    /** It can allow no call: AWS defines no resource type for the action, so that `*` alone grants it. */
    readonly grantsNothing: boolean;
    /** Calls that it allowed. */
    readonly used: number;
    /** Calls that would have been denied without it. */
    readonly needed: number;
}

/** What the policies allow, part by part, with how much of it the calls used. Denials are no permissions. */
export function permissionsOf(policies: readonly HeldPolicy[], grants: readonly Granted[]): readonly Permission[] {
    const parts = policies.flatMap(({ holder, document }) =>
        document.statements
            .filter(({ effect }) => effect === "Allow")
            .flatMap((statement) => partsOf(holder, document.name, statement)),
    );
    const byStatement = new Map<string, Part[]>();
    for (const part of parts) {
        const key = keyOf(part.permission);
        byStatement.set(key, [...(byStatement.get(key) ?? []), part]);
    }
    for (const grant of grants) {
        const allowing = grant.statements.flatMap((statement) => {
            return (byStatement.get(keyOf(statement)) ?? []).filter(({ allows }) => allows(grant));
        });
        for (const part of allowing) {
            part.used += 1;
            part.needed += allowing.length === 1 ? 1 : 0;
        }
    }
    return parts.map(({ permission, used, needed }) => ({ ...permission, used, needed }));
}

interface Part {
    readonly permission: Omit<Permission, "used" | "needed">;
    readonly allows: (grant: Granted) => boolean;
    used: number;
    needed: number;
}

function keyOf({ holder, policy, statement }: HeldStatement): string {
    return JSON.stringify([holder, policy, statement]);
}

function partsOf(holder: string, policy: string, source: Statement): readonly Part[] {
    return principalsOf(source.principals).flatMap((principal) =>
        choicesOf(source.actions, "NotAction").flatMap((action) =>
            choicesOf(source.resources, "NotResource").map((resource) => ({
                permission: {
                    holder,
                    policy,
                    statement: source.index,
                    principal: principal.text,
                    action: action.text,
                    resource: resource.text,
                    conditions: source.conditions,
                    grantsNothing: hasNoResource(action.text) && !resource.fits("*"),
                },
                used: 0,
                needed: 0,
                allows: (call) => {
                    return principal.fits(call.principal) && action.fits(call.action) && resource.fits(call.resource);
                },
            })),
        ),
    );
}

interface Choice<Value, Text = string> {
    readonly text: Text;
    readonly fits: (value: Value) => boolean;
}

/** One choice for each pattern. What is named by exclusion cannot be taken apart. */
function choicesOf({ inverted, patterns }: Selection, exclusion: string): readonly Choice<string>[] {
    const fits = (pattern: string) => (value: string) => {
        // A variable may stand for any text.
        return matchesPattern(pattern.replace(/\$\{[^}]*\}/g, "*").toLowerCase(), value.toLowerCase());
    };
    return inverted
        ? [{ text: `${exclusion} ${patterns.join(", ")}`, fits: () => true }]
        : patterns.map((pattern) => ({ text: pattern, fits: fits(pattern) }));
}

function principalsOf(selection: PrincipalSelection | undefined): readonly Choice<Principal, string | undefined>[] {
    if (selection === undefined) {
        return [{ text: undefined, fits: () => true }];
    }
    const none = { inverted: false, everyone: false, aws: [], services: [], others: [] };
    const named: readonly (readonly [string, PrincipalSelection])[] = [
        ...(selection.everyone ? [["*", { ...none, everyone: true }] as const] : []),
        ...selection.aws.map((name) => [name, { ...none, aws: [name] }] as const),
        ...selection.services.map((name) => [name, { ...none, services: [name] }] as const),
        ...selection.others.map((name) => [name, { ...none, others: [name] }] as const),
    ];
    const choices = selection.inverted
        ? [[`NotPrincipal ${named.map(([name]) => name).join(", ")}`, selection] as const]
        : named;
    return choices.map(([text, one]) => ({
        text,
        fits: (principal) => matchPrincipal(one, toIamPrincipal(principal), "Allow") !== "none",
    }));
}
