import type { PolicyConfigSchema } from "@pulumi/policy";

/** A rule, as far as its settings are concerned. */
export interface Configurable {
    readonly name: string;
    readonly configSchema?: PolicyConfigSchema;
}

/** Settings by rule. */
export type GivenSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the engine puts beside a rule's settings, and for all rules at once. */
const LEVEL = "enforcementLevel";
const ALL = "all";

/**
 * Refuses settings that no rule has, and rules that there are not. The engine passes them on without a word, and whoever
 * misspelt one believes that it holds.
 *
 * @throws Error that names each of them, and lists what there is
 */
export function assertKnownSettings(given: GivenSettings, rules: readonly Configurable[]): void {
    const problems = Object.entries(given).flatMap(([name, settings]) => problemsOf(name, settings, rules));
    if (problems.length > 0) {
        throw new Error(`The settings of the policy pack are wrong.\n  ${problems.join("\n  ")}`);
    }
}

function problemsOf(
    name: string,
    settings: Readonly<Record<string, unknown>>,
    rules: readonly Configurable[],
): readonly string[] {
    const rule = rules.find((one) => one.name === name);
    if (rule === undefined && name !== ALL) {
        const names = rules.map((one) => one.name).sort();
        return [`There is no rule \`${name}\`. There are ${names.join(", ")}.`];
    }
    const known = Object.keys(rule?.configSchema?.properties ?? {});
    return Object.keys(settings)
        .filter((setting) => setting !== LEVEL && !known.includes(setting))
        .map((setting) => {
            const has =
                known.length === 0 ? "a level alone, for all rules" : known.map((one) => `\`${one}\``).join(", ");
            return `\`${name}\` has no setting \`${setting}\`. It has ${has}.`;
        });
}
