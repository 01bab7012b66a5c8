import * as pulumi from "@pulumi/pulumi";
import { LOG_RETENTION_DAYS } from "../../contract/limits";
import { oneOf, wholeNumber } from "../../contract/values";
import type { LambdaFunctionArgs } from "../lambda/lambda-function-args";
import { textOfLength } from "./argument-kinds";
import type { ArgumentTable } from "./checked-arguments";
import { addProblems, checkedArguments, isLater } from "./checked-arguments";
import { InputProblems } from "./input-problems";
import { validateName } from "./physical-names";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_ENVIRONMENT_BYTES = 4 * 1024;

type CheckedByTable = Pick<
    LambdaFunctionArgs,
    "description" | "timeoutSeconds" | "memoryMegabytes" | "logRetentionDays"
>;

export const FUNCTION_ARGUMENTS: ArgumentTable<CheckedByTable> = {
    description: { kind: textOfLength(0, 256), required: true },
    timeoutSeconds: { kind: wholeNumber(1, 900), preset: 10 },
    memoryMegabytes: { kind: wholeNumber(128, 10_240), preset: 512 },
    logRetentionDays: { kind: oneOf(LOG_RETENTION_DAYS), preset: 30 },
};

/** @throws pulumi.InputPropertiesError that lists everything that is known now and would be refused later */
export function validateFunction(name: string, args: LambdaFunctionArgs): void {
    const problems = new InputProblems(`LambdaFunction "${name}"`);
    validateName("LambdaFunction", name, problems);
    addProblems(FUNCTION_ARGUMENTS, args, problems);
    args.allow?.forEach((statement, index) => {
        for (const action of statement.actions.filter((candidate) => candidate.includes("*"))) {
            problems.add(
                `allow[${index}].actions`,
                `${action} has a wildcard; name each action that the function calls`,
            );
        }
    });
    if (args.environment !== undefined && !isLater(args.environment)) {
        addEnvironmentProblem(args.environment, problems);
    }
    problems.throwIfAny();
}

/** The arguments, of which those that are known later are checked then. */
export function checkedFunction(name: string, args: LambdaFunctionArgs): LambdaFunctionArgs {
    return {
        ...checkedArguments(`LambdaFunction "${name}"`, FUNCTION_ARGUMENTS, args),
        environment: checkedEnvironment(name, args),
    };
}

function checkedEnvironment(name: string, args: LambdaFunctionArgs): LambdaFunctionArgs["environment"] {
    const { environment = {} } = args;
    const isKnown = !isLater(environment) && !Object.values(environment).some(isLater);
    return isKnown
        ? environment
        : pulumi.output(environment).apply((variables) => {
              const problems = new InputProblems(`LambdaFunction "${name}"`);
              addEnvironmentProblem(variables, problems);
              problems.throwLater();
              return variables;
          });
}

/** Of variables that are known later, their names alone count. */
function addEnvironmentProblem(variables: object, problems: InputProblems): void {
    const bytes = Object.entries(variables).reduce((sum, [name, value]: [string, unknown]) => {
        return sum + Buffer.byteLength(name) + (typeof value === "string" ? Buffer.byteLength(value) : 0);
    }, 0);
    if (bytes > MAX_ENVIRONMENT_BYTES) {
        problems.add(
            "environment",
            `has ${bytes} bytes; Lambda takes ${MAX_ENVIRONMENT_BYTES}, names and values together: shorten it`,
        );
    }
}
