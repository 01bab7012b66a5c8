import type { InputProblems } from "./input-problems";

/** Pulumi makes a physical name of a resource's own by adding a hyphen and seven random characters. */
const RANDOM_LENGTH = 8;

/** The longest name of a function, a role, a rule and a pipe. */
const MAX_PHYSICAL_NAME = 64;

/** The end of the longest such name that each component makes. */
const LONGEST_ENDINGS = {
    PushGateway: "-notifier-deliverer-deliver-function",
    LambdaFunction: "-function",
    TableChangeSource: "-pipe",
} as const;

export function maxNameLength(component: keyof typeof LONGEST_ENDINGS): number {
    return MAX_PHYSICAL_NAME - RANDOM_LENGTH - LONGEST_ENDINGS[component].length;
}

/** Adds a component's name that AWS would refuse in the middle of an update, as a part of longer ones. */
export function validateName(component: keyof typeof LONGEST_ENDINGS, name: string, problems: InputProblems): void {
    const limit = maxNameLength(component);
    if (name.length > limit) {
        problems.add(
            "name",
            `is ${JSON.stringify(name)}, ${name.length} characters; use ${limit} at most, ` +
                `since AWS takes ${MAX_PHYSICAL_NAME} for what is named after it`,
        );
    }
}
