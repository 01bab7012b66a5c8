import { AwsError } from "../aws/aws-error";
import type { Field, Fields } from "./fields";
import { consistent, fieldsOf } from "./fields";
import type { Matcher } from "./matchers";
import { ABSENT, compileMatcher } from "./matchers";
import { PatternProblem } from "./pattern-problem";
import { messageOf } from "../aws/message-of";

/** What one path must look like: at least one matcher holds, or the path is absent where that was asked for. */
interface Condition {
    readonly path: string;
    readonly matchers: readonly Matcher[];
    readonly orAbsent: boolean;
}

/** Conditions that must hold together, by path. A pattern without `$or` is one branch. */
type Branch = ReadonlyMap<string, Condition>;

const MAX_BRANCHES = 1_000;

/** Characters of a rule's pattern. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_RULE_LENGTH = 2_048;

/** Characters of a filter. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Filter.html, and Lambda's */
const MAX_FILTER_LENGTH = 4_096;

/**
 * An event pattern of EventBridge, as rules, pipes and event source mappings use it. Its meaning is that of AWS's
 * Event Ruler (https://github.com/aws/event-ruler): `$or` multiplies out, and of two leaves written for one path the
 * later wins; fields matched inside an array all come from the same element, and a field is absent where that element
 * does not have it.
 */
export class EventPattern {
    private constructor(private readonly branches: readonly (readonly Condition[])[]) {}

    /** A rule's pattern. Throws an AwsError InvalidEventPatternException with AWS's reason. */
    static compile(source: string): EventPattern {
        return EventPattern.compiled(source, MAX_RULE_LENGTH);
    }

    /** A filter of a pipe or an event source mapping, which may be longer. Throws as `compile` does. */
    static compileFilter(source: string): EventPattern {
        return EventPattern.compiled(source, MAX_FILTER_LENGTH);
    }

    private static compiled(source: string, maximum: number): EventPattern {
        try {
            if (source.length > maximum) {
                throw new PatternProblem(`The pattern has ${source.length} characters, and the limit is ${maximum}`);
            }
            const pattern = parse(source);
            if (!isObject(pattern)) {
                throw new PatternProblem("Filter is not an object");
            }
            return new EventPattern(compileObject(pattern, "", [new Map()]).map(inOrderOfNames));
        } catch (error) {
            if (error instanceof PatternProblem) {
                throw new AwsError(
                    "InvalidEventPatternException",
                    `Event pattern is not valid. Reason: ${error.message}`,
                );
            }
            throw error;
        }
    }

    matches(event: unknown): boolean {
        const fields = fieldsOf(event);
        return this.branches.some((branch) => holds(branch, fields, new Map()));
    }
}

/** As Event Ruler goes through them, which decides in which elements of arrays a field has to be absent. */
function inOrderOfNames(branch: Branch): readonly Condition[] {
    return [...branch.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
}

function parse(source: string): unknown {
    try {
        return JSON.parse(source);
    } catch (cause) {
        throw new PatternProblem(messageOf(cause), { cause });
    }
}

function compileObject(pattern: object, path: string, branches: readonly Branch[]): readonly Branch[] {
    const members = Object.entries(pattern) as [string, unknown][];
    if (members.length === 0) {
        throw new PatternProblem("Empty objects are not allowed");
    }
    return members.reduce<readonly Branch[]>((before, [key, value]) => {
        if (key === "$or") {
            return compileOr(value, path, before);
        }
        const memberPath = path === "" ? key : `${path}.${key}`;
        if (Array.isArray(value)) {
            const condition = compileCondition(memberPath, value);
            return before.map((branch) => new Map([...branch, [memberPath, condition]]));
        }
        if (isObject(value)) {
            return compileObject(value, memberPath, before);
        }
        throw new PatternProblem(`"${key}" must be an object or an array`);
    }, branches);
}

function compileOr(alternatives: unknown, path: string, branches: readonly Branch[]): readonly Branch[] {
    if (!Array.isArray(alternatives)) {
        throw new PatternProblem("It must be an Array followed with $or.");
    }
    if (alternatives.length < 2) {
        throw new PatternProblem("There must have at least 2 Objects in $or relationship.");
    }
    const multiplied = alternatives.flatMap((alternative: unknown) => {
        if (!isObject(alternative)) {
            throw new PatternProblem("Only JSON object is allowed in array of $or relationship.");
        }
        return compileObject(alternative, path, branches);
    });
    if (multiplied.length > MAX_BRANCHES) {
        throw new PatternProblem(`The $or relationships combine to more than ${MAX_BRANCHES} alternatives`);
    }
    return multiplied;
}

function compileCondition(path: string, elements: readonly unknown[]): Condition {
    if (elements.length === 0) {
        throw new PatternProblem("Empty arrays are not allowed");
    }
    const compiled = elements.map(compileMatcher);
    return {
        path,
        matchers: compiled.filter((matcher) => matcher !== ABSENT),
        orAbsent: compiled.includes(ABSENT),
    };
}

/** Finds a field for each condition such that all of them lie in the same elements of the arrays they share. */
function holds(conditions: readonly Condition[], fields: Fields, place: Field["place"]): boolean {
    const [condition, ...others] = conditions;
    if (condition === undefined) {
        return true;
    }
    const candidates = (fields.get(condition.path) ?? []).filter((field) => consistent(field.place, place));
    if (candidates.length === 0) {
        return condition.orAbsent && holds(others, fields, place);
    }
    return candidates.some(
        (field) =>
            condition.matchers.some((matcher) => matcher(field.value)) &&
            holds(others, fields, new Map([...place, ...field.place])),
    );
}

function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
