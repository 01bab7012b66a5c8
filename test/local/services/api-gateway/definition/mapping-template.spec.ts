import { strict as assert } from "node:assert";
import { parseTemplate, renderTemplate } from "../../../../../local/services/api-gateway/definition/mapping-template";

const INPUT = {
    context: { connectionId: "L0SM9cOFvHcCIhw=", connectedAt: 1_707_502_303_000, identity: { sourceIp: "127.0.0.1" } },
    body: '{"id":7,"text":"say \\"hi\\"","items":[{"name":"a"}]}',
};

function render(template: string): string {
    return renderTemplate(parseTemplate(template), INPUT);
}

describe("A mapping template", () => {
    for (const [template, text] of [
        ['{"type":"pong"}', '{"type":"pong"}'],
        ['{"id":"$context.connectionId"}', '{"id":"L0SM9cOFvHcCIhw="}'],
        ["${context.identity.sourceIp}!", "127.0.0.1!"],
        ["$context.connectedAt", "1707502303000"],
        ['{"at":$context.connectedAt}', '{"at":1707502303000}'],
        ["$context.unknown", ""],
        ["$input.body", INPUT.body],
        ["$input.json('$')", INPUT.body],
        ["$input.json('$.text')", '"say \\"hi\\""'],
        ['$input.json("$.items[0].name")', '"a"'],
        ["$input.json('$.missing')", '""'],
        ["$input.path('$.id')", "7"],
        ["$input.path('$.text')", 'say "hi"'],
        ["costs $5 or 5$", "costs $5 or 5$"],
        ["issue #7", "issue #7"],
    ] as const) {
        it(`renders ${template} as ${JSON.stringify(text)}`, () => {
            assert.equal(render(template), text);
        });
    }

    it("renders no value of a message that is not JSON", () => {
        assert.equal(renderTemplate(parseTemplate("$input.path('$.id')"), { ...INPUT, body: "hello" }), "");
    });

    for (const [template, part] of [
        ["#set($x = 1)", "#set"],
        ["#if($context.stage)a#end", "#if"],
        ["## a comment", "##"],
        ["$util.escapeJavaScript($input.body)", "$util.escapeJavaScript"],
        ["$input.params('a')", "$input.params('a')"],
        ["$input.json('$..id')", "$input.json('$..id')"],
        ["$stageVariables.color", "$stageVariables.color"],
    ] as const) {
        it(`is refused when it uses ${part}, which the error names`, () => {
            assert.throws(
                () => parseTemplate(template),
                (error: Error) => error.message.includes(` uses ${part}`),
            );
        });
    }
});
