/** A path, a value, or `size(…)`, as dynalite's parser leaves it. */
type Operand = readonly (string | number)[] | { readonly type?: unknown };

/** A condition as dynalite's parser leaves it. Those of `and`, `or` and `not` are conditions, all others operands. */
interface Expression {
    readonly type: string;
    readonly name?: string;
    readonly args: readonly (Expression | Operand)[];
}

const LOGICAL = new Set(["and", "or", "not"]);

/**
 * Dynalite takes two operands that are both missing for equal, and trips over a missing one in IN, BETWEEN and
 * begins_with. In DynamoDB a comparison with a missing operand is false, but for <>. So conditions are rewritten, once
 * they are parsed, to ask for what dynalite forgets.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export function guardExpressions(request: Record<string, unknown>): void {
    for (const member of ["_condition", "_filter"]) {
        const parsed = request[member] as { expression: Expression } | undefined;
        if (parsed !== undefined) {
            parsed.expression = guarded(parsed.expression);
        }
    }
}

function guarded(expression: Expression): Expression {
    if (LOGICAL.has(expression.type)) {
        return { ...expression, args: expression.args.map((argument) => guarded(argument as Expression)) };
    }
    const operands = expression.args as readonly Operand[];
    const [left = {}, ...others] = operands;
    switch (expression.type) {
        case "in":
            return all([exists(left), any(others.map((other) => compare("=", left, other)))]);
        case "between": {
            const [low = {}, high = {}] = others;
            return all([exists(left), compare(">=", left, low), compare("<=", left, high)]);
        }
        case "=":
        case "<":
        case "<=":
        case ">":
        case ">=":
            return all([exists(left), expression]);
        case "function":
            return expression.name === "begins_with" ? all([isText(left), expression]) : expression;
        default:
            return expression;
    }
}

function compare(type: string, ...args: readonly Operand[]): Expression {
    return { type, args };
}

function exists(operand: Operand): Expression {
    return { type: "function", name: "attribute_exists", args: [operand] };
}

function isText(operand: Operand): Expression {
    const isOf = (type: string): Expression => {
        return { type: "function", name: "attribute_type", args: [operand, { S: type } as Operand] };
    };
    return any([isOf("S"), isOf("B")]);
}

/** From the left, as AND itself goes. */
function all(conditions: readonly Expression[]): Expression {
    return conditions.reduce((left, right) => ({ type: "and", args: [left, right] }));
}

function any(conditions: readonly Expression[]): Expression {
    return conditions.reduce((left, right) => ({ type: "or", args: [left, right] }));
}
