import type { EventSourceMappings } from "../edge/lambda/event-source-mappings";
import type { FunctionUrls } from "../edge/lambda/function-urls";
import type { LambdaFunctions } from "../edge/lambda/functions";
import { eventSourceMappingBehaviour } from "./lambda-event-source";
import { functionBehaviour } from "./lambda-function";
import { functionUrlBehaviour } from "./lambda-function-url";
import { eventInvokeBehaviour, permissionBehaviour } from "./lambda-settings";
import type { ResourceBehaviours } from "./resource";

export interface LambdaResources {
    readonly functions: LambdaFunctions;
    readonly functionUrls: FunctionUrls;
    readonly eventSourceMappings: EventSourceMappings;
}

/** Functions, who may invoke them, their URLs, and what feeds them. */
export function lambdaBehaviours({
    functions,
    functionUrls,
    eventSourceMappings,
}: LambdaResources): ResourceBehaviours {
    return {
        "aws:lambda/function:Function": functionBehaviour(functions),
        "aws:lambda/permission:Permission": permissionBehaviour(functions),
        "aws:lambda/functionUrl:FunctionUrl": functionUrlBehaviour(functions, functionUrls),
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": eventInvokeBehaviour(functions),
        "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMappingBehaviour(eventSourceMappings),
    };
}
