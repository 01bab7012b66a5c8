import { compileCondition, type ConditionTest } from "./compiled-condition";
import { matchTokens, tokenize, type Token } from "./patterns/pattern";
import {
    parsePolicy,
    type PolicyDocument,
    type PolicyGrammar,
    type Selection,
    type Statement,
} from "./documents/policy-document";
import type { RequestContext } from "./request-context";
import { compileTemplate, type Template } from "./template";

/** Which statement of which policy, as decisions name it. */
export interface StatementReference {
    readonly policy: string;
    /** Position in the policy, from 0. */
    readonly statement: number;
    readonly sid: string | undefined;
}

/** A statement, ready to be asked. */
export interface CompiledStatement {
    readonly source: Statement;
    readonly reference: StatementReference;
    /** The action is not asked again here: `statementsFor` has looked at it. */
    readonly appliesTo: (context: RequestContext) => boolean;
}

/** Past this many different actions the index is built anew; an application uses a few dozen. */
const MAX_INDEXED_ACTIONS = 1_000;

/** A policy whose patterns are compiled, with its statements found by action. Make it once and keep it. */
export class CompiledPolicy {
    private readonly statements: readonly { readonly compiled: CompiledStatement; readonly actions: ActionTest }[];
    private readonly byAction = new Map<string, readonly CompiledStatement[]>();

    constructor(readonly document: PolicyDocument) {
        const variables = document.version === "2012-10-17";
        this.statements = document.statements.map((statement) => ({
            compiled: compileStatement(statement, document.name, variables),
            actions: compileActions(statement.actions),
        }));
    }

    /** The statements that speak of an action, given in lower case. */
    statementsFor(action: string): readonly CompiledStatement[] {
        const known = this.byAction.get(action);
        if (known !== undefined) {
            return known;
        }
        if (this.byAction.size >= MAX_INDEXED_ACTIONS) {
            this.byAction.clear();
        }
        const found = this.statements.filter(({ actions }) => actions(action)).map(({ compiled }) => compiled);
        this.byAction.set(action, found);
        return found;
    }
}

/**
 * Parses and compiles a policy. `name` is how errors and decisions name it. Throws a MalformedPolicyError.
 * `grammar` says where the policy is attached: to an identity (also as a boundary or session policy), to a resource, or
 * as a role's trust policy.
 */
export function compilePolicy(document: unknown, name: string, grammar: Exclude<PolicyGrammar, "any">): CompiledPolicy {
    return new CompiledPolicy(parsePolicy(document, name, grammar));
}

type ActionTest = (action: string) => boolean;

function compileActions(selection: Selection): ActionTest {
    const patterns = selection.patterns.map((pattern) => tokenize(pattern.toLowerCase()));
    return (action) => patterns.some((tokens) => matchTokens(tokens, action)) !== selection.inverted;
}

function compileStatement(source: Statement, policy: string, variables: boolean): CompiledStatement {
    const resources = compileResources(source, variables);
    const conditions = source.conditions.map((condition) => compileCondition(condition, variables, source.effect));
    return {
        source,
        reference: { policy, statement: source.index, sid: source.sid },
        appliesTo: (context) => resources(context) && conditions.every((holds) => holds(context)),
    };
}

/**
 * A pattern with a variable that the request lacks matches nothing. In a grant by `NotResource` that would open
 * everything, so there the statement does not apply.
 */
function compileResources(source: Statement, variables: boolean): ConditionTest {
    const { inverted, patterns } = source.resources;
    const templates: readonly Template[] = patterns.map((pattern) => {
        return compileTemplate(pattern, { variables, wildcards: true });
    });
    return (context) => {
        const resolved = templates.map((template) => template(context));
        if (inverted && source.effect === "Allow" && resolved.includes(undefined)) {
            return false;
        }
        return resolved.some((tokens) => matchesResource(tokens, context.request.resource)) !== inverted;
    };
}

function matchesResource(tokens: readonly Token[] | undefined, resource: string): boolean {
    return tokens !== undefined && matchTokens(tokens, resource);
}
