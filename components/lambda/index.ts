// For programs in TypeScript: it bundles a file of the program, and a plugin does not know where that is.
export { LambdaFunction } from "./lambda-function";
export type { FunctionNetwork, LambdaFunctionArgs } from "./lambda-function-args";
export type { PolicyCondition, PolicyStatement } from "../permissions/policy-statement";
