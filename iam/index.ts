export { compilePolicy, CompiledPolicy, type StatementReference } from "./compiled-policy";
export { matchPrincipal } from "./compiled-principal";
export type { Condition, SetQualifier } from "./documents/condition-block";
export { denialText, type Denial } from "./denial";
export { evaluate, type Decision, type Layer, type PolicySet } from "./evaluate";
export { MalformedPolicyError, type Place } from "./documents/malformed-policy-error";
export type { OperatorName } from "./operators";
export { matchesPattern } from "./patterns/pattern";
export { patternCovers, patternsIntersect } from "./patterns/pattern-relations";
export {
    parsePolicy,
    type PolicyDocument,
    type PolicyGrammar,
    type Selection,
    type Statement,
} from "./documents/policy-document";
export type { PrincipalSelection } from "./documents/principal-block";
export { accountOf, principalAccount, type IamPrincipal, type IamRequest } from "./request";
export { hasNoResource, judgedResource } from "./actions/resourceless";
export {
    actionCovers,
    actionsIntersect,
    hasWildcard,
    namesAction,
    namesAnyAction,
    namesAnyResource,
    statementsAllowing,
    statementsOf,
    staysWithinResource,
} from "./documents/statements";
