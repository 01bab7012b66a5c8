import { AwsError } from "../../aws/aws-error";

/** The value at a path of an event; `undefined` where the event has nothing there. */
export type JsonPath = (event: unknown) => unknown;

type Step = { readonly member: string } | { readonly index: number } | "every";

/**
 * Compiles the part of JSONPath that EventBridge and Pipes understand: `$`, `$.detail.order-id`, `$.items[0].name`,
 * `$.items[*].name` (which gives an array).
 *
 * @throws AwsError ValidationException for anything else.
 */
export function compileJsonPath(path: string): JsonPath {
    if (!/^\$(\.[\w/:@-]+|\[(\d+|\*|'[^']*')\])*$/.test(path)) {
        throw new AwsError("ValidationException", `Invalid JSON path: ${path}`);
    }
    const steps = [...path.matchAll(/\.([\w/:@-]+)|\[(\d+)\]|\[(\*)\]|\['([^']*)'\]/g)].map(stepOf);
    return (event) => follow(event, steps);
}

function stepOf([, member, index, every, quoted]: RegExpMatchArray): Step {
    if (every !== undefined) {
        return "every";
    }
    return index !== undefined ? { index: Number(index) } : { member: member ?? quoted ?? "" };
}

function follow(value: unknown, [step, ...rest]: readonly Step[]): unknown {
    if (step === undefined) {
        return value;
    }
    if (step === "every") {
        const elements: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
        return elements?.map((element) => follow(element, rest)).filter((found) => found !== undefined);
    }
    if ("index" in step) {
        return Array.isArray(value) ? follow(value[step.index], rest) : undefined;
    }
    const isMember = typeof value === "object" && value !== null && Object.hasOwn(value, step.member);
    return isMember ? follow((value as Readonly<Record<string, unknown>>)[step.member], rest) : undefined;
}
