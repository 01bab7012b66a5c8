import type { ResourceBehaviours } from "../../resources/resource";
import { functionBehaviour } from "./function-resource";
import type { LambdaFunctions } from "./functions";
import { eventInvokeBehaviour, permissionBehaviour, recursionBehaviour } from "./settings-resources";

/** Functions, who may invoke them, and how. */
export function lambdaBehaviours(functions: LambdaFunctions): ResourceBehaviours {
    return {
        "aws:lambda/function:Function": functionBehaviour(functions),
        "aws:lambda/permission:Permission": permissionBehaviour(functions),
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": eventInvokeBehaviour(functions),
        "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": recursionBehaviour,
    };
}
