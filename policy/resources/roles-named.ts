import type { Properties } from "./properties";
import { ifKnown } from "./unknowns";

/** Every text that a resource holds under a name that speaks of a role, at whatever depth, as far as it is known. */
export function rolesNamed(props: Properties): readonly string[] {
    return Object.keys(props).flatMap((name) =>
        textsUnder(
            ifKnown((): unknown => props[name], undefined),
            speaks(name),
        ),
    );
}

/** `role`, `roleArn`, `executionRole`, `credentialsArn`. */
function speaks(name: string): boolean {
    return /role|credential/i.test(name);
}

function textsUnder(value: unknown, isRole: boolean): readonly string[] {
    if (typeof value === "string") {
        return isRole ? [value, ...textsIn(value)] : [];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const members = value as Readonly<Record<string, unknown>>;
    return Object.keys(members).flatMap((name) => {
        return textsUnder(
            ifKnown(() => members[name], undefined),
            isRole || speaks(name),
        );
    });
}

/** Providers hold their settings as JSON text: `assumeRoles` is `[{"roleArn":"…"}]`. */
function textsIn(value: string): readonly string[] {
    if (!/^[[{]/.test(value)) {
        return [];
    }
    try {
        return textsUnder(JSON.parse(value), true);
    } catch {
        // It only looked like JSON.
        return [];
    }
}
