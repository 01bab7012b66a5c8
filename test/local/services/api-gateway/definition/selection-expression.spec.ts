import { strict as assert } from "node:assert";
import {
    evaluateSelection,
    follow,
    parseSelectionExpression,
} from "../../../../../local/services/api-gateway/definition/selection-expression";

const ROOTS = ["request.body"];

/** Evaluates an expression against a message. */
function evaluate(expression: string, body: unknown): string {
    return evaluateSelection(parseSelectionExpression(expression, ROOTS), (path) =>
        follow({ request: { body } }, path),
    );
}

describe("A selection expression", () => {
    const body = {
        service: "chat",
        action: "join",
        more: { deep: ["a", "b"], number: 7, flag: true, list: [1], nothing: null },
    };

    // The table of AWS's documentation, and what it leaves open.
    for (const [expression, value] of [
        ["$request.body.action", "join"],
        ["${request.body.action}", "join"],
        ["${$request.body.action}", "join"],
        ["${request.body.service}/${request.body.action}", "chat/join"],
        ["${request.body.action}-${request.body.invalidPath}", "join-"],
        ["$request.body.invalidPath", ""],
        ["action", "action"],
        [String.raw`\$default`, "$default"],
        ["$request.body.more.deep[1]", "b"],
        ["$request.body.more.number", "7"],
        ["$request.body.more.flag", "true"],
        ["$request.body.more.list", "[1]"],
        ["$request.body.more.nothing", "null"],
    ] as const) {
        it(`${expression} is ${JSON.stringify(value)}`, () => {
            assert.equal(evaluate(expression, body), value);
        });
    }

    it("does not see what an object inherits", () => {
        assert.equal(evaluate("$request.body.constructor", {}), "");
        assert.equal(evaluate("$request.body.__proto__", {}), "");
    });

    it("is refused when it uses a variable that is not served, which the error names", () => {
        assert.throws(
            () => parseSelectionExpression("$request.header.Auth", ROOTS),
            /uses \$request\.header\.Auth; .* \$request\.body/,
        );
        assert.throws(() => parseSelectionExpression("$context.stage", ROOTS), /uses \$context\.stage/);
    });

    it("is refused when a brace is left open", () => {
        assert.throws(
            () => parseSelectionExpression("${request.body.action", ROOTS),
            /cannot be read from "\$\{request\.body\.action" on/,
        );
    });
});
