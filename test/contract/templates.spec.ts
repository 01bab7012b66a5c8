import { strict as assert } from "node:assert";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { expandTemplate, parseTemplate } from "../../contract/templates";

describe("A channel template", () => {
    it("is filled from dotted paths", () => {
        assert.equal(expand("orders/{customer}/{order.id}", { customer: "ada", order: { id: 42 } }), "orders/ada/42");
    });

    it("may name the reserved segments itself", () => {
        assert.equal(expand("orders/@user/{customer}", { customer: "ada" }), "orders/@user/ada");
        assert.equal(expand("orders/@all", {}), "orders/@all");
    });

    describe("refuses a value", () => {
        for (const customer of ["", "\ud800", null, undefined, {}, ["ada"], 2 ** 53]) {
            it(inspect(customer), () => {
                assert.equal(expand("orders/{customer}", { customer }), undefined);
            });
        }
    });

    it("encodes what its values hold", () => {
        assert.equal(expand("orders/@user/{customer}", { customer: "auth0|64f0" }), "orders/@user/auth0%7C64f0");
        assert.equal(expand("orders/{customer}", { customer: "a/../@all" }), "orders/a%2F..%2F%40all");
        assert.equal(expand("orders/{a/b.c}", { "a/b.c": "ü" }), "orders/%C3%BC");
    });

    it("says of a value whether it is absent or unfit, and whether it may be absent", () => {
        const unfilled = (text: string, customer: unknown): unknown => {
            const template = parseTemplate(text);
            assert.ok(template.ok);
            const channel = expandTemplate(template.value, { customer });
            return channel.ok ? channel.value : [channel.reason.kind, channel.reason.isAllowed];
        };
        for (const customer of [undefined, null, ""]) {
            assert.deepEqual(unfilled("orders/{customer}", customer), ["absent", false]);
            assert.deepEqual(unfilled("orders/{customer?}", customer), ["absent", true]);
        }
        assert.deepEqual(unfilled("orders/{customer?}", ["ada"]), ["unfit", false]);
        assert.equal(unfilled("orders/{customer?}", "ada"), "orders/ada");
    });

    it("does not look into prototypes", () => {
        assert.equal(expand("orders/{constructor.name}", {}), undefined);
        assert.equal(expand("orders/{name.length}", { name: "abc" }), undefined);
    });

    for (const text of [
        1,
        "",
        "orders/",
        "orders/{}",
        "orders/{a",
        "orders/a}",
        "orders/x{a}",
        "orders/{a}{b}",
        "orders/{a/b",
        "orders/{a?b}",
        "orders/{?}",
        "orders/café",
        "orders/a@b",
        "a b",
    ]) {
        it(`is not ${JSON.stringify(text)}`, () => {
            assert.equal(parseTemplate(text).ok, false);
        });
    }

    it("never makes more segments than it has itself, nor a reserved one, whatever the values", () => {
        fc.assert(
            fc.property(fc.jsonValue(), fc.string(), (customer, id) => {
                const channel = expand("orders/{customer}/{id}", { customer, id });
                if (channel !== undefined) {
                    assert.ok(typeof customer !== "object");
                    assert.deepEqual(channel.split("/").map(decodeURIComponent), ["orders", String(customer), id]);
                    assert.ok(!channel.includes("/@") && !/[*~,{}]/.test(channel));
                }
            }),
        );
    });
});

function expand(text: string, source: unknown): string | undefined {
    const template = parseTemplate(text);
    assert.ok(template.ok);
    const channel = expandTemplate(template.value, source);
    return channel.ok ? channel.value : undefined;
}
