import type { EventSourceMappings } from "../event-source-mappings/event-source-mappings";
import type { FunctionUrls } from "../function-urls/registry";
import type { LambdaFunctions } from "./functions";
import { eventSourceMappingBehaviour } from "../event-source-mappings/resources";
import { functionBehaviour } from "./function-resource";
import { functionUrlBehaviour } from "../function-urls/resources";
import { eventInvokeBehaviour, permissionBehaviour } from "./settings-resources";
import type { ResourceBehaviours } from "../../resources/resource";

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
