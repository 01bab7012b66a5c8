import { strict as assert } from "node:assert";
import type { Claims } from "../../contract/claims";
import { claimNameProblem, claimTexts, claimValueProblem } from "../../contract/claims";

describe("What a claim can equal", () => {
    const cases: readonly (readonly [name: string, claims: Claims, texts: readonly string[]])[] = [
        ["role", { role: "staff" }, ["staff"]],
        ["level", { level: 3 }, ["3"]],
        ["roles", { roles: ["a", 1, {}, [], null, ""] }, ["a", "1"]],
        ["scope", { scope: "openid orders:read  orders:write" }, ["openid", "orders:read", "orders:write"]],
        ["scp", { scp: "access_as_user" }, ["access_as_user"]],
        ["scp", { scp: ["a b", "c"] }, ["a", "b", "c"]],
        ["name", { name: "Ada Lovelace" }, ["Ada Lovelace"]],
        ["realm_access.roles", { realm_access: { roles: ["cook"] } }, ["cook"]],
        ["resource_access.web.roles", { resource_access: { web: { roles: ["cook"] } } }, ["cook"]],
        ["app_metadata.tenant", { app_metadata: { tenant: "acme" } }, ["acme"]],
        ["https://example.com/roles", { "https://example.com/roles": ["cook"] }, ["cook"]],
        ["https://example.com/app.tenant", { "https://example.com/app": { tenant: "acme" } }, ["acme"]],
        ["cognito:groups", { "cognito:groups": ["cook"] }, ["cook"]],
        // A claim of just that name comes first, so that an object beside it cannot stand in for it.
        ["a.b", { "a.b": "own", a: { b: "other" } }, ["own"]],
        ["a.b", { a: { b: "" } }, []],
        ["a.b", { a: "b" }, []],
        ["a.b", { a: [{ b: "x" }] }, []],
        ["a", { a: { b: "x" } }, []],
        ["constructor.name", {}, []],
        ["a.constructor.name", { a: {} }, []],
        ["role", {}, []],
    ];
    for (const [name, claims, texts] of cases) {
        it(`is ${JSON.stringify(texts)} for ${name} of ${JSON.stringify(claims)}`, () => {
            assert.deepEqual(claimTexts(claims, name), texts);
        });
    }

    it("is nothing for what says something about the token, or is no name", () => {
        for (const name of ["iss", "exp", "iat", "nbf", "jti", "", " role", ".role", "realm_access..roles"]) {
            assert.notEqual(claimNameProblem(name), undefined, name);
        }
        for (const name of ["aud", "sub", "https://example.com/roles", "realm_access.roles", "cognito:groups"]) {
            assert.equal(claimNameProblem(name), undefined, name);
        }
    });

    it("is never an empty text, nor several words of a scope", () => {
        assert.notEqual(claimValueProblem("role", ""), undefined);
        assert.notEqual(claimValueProblem("scope", "openid profile"), undefined);
        assert.equal(claimValueProblem("scope", "openid"), undefined);
        assert.equal(claimValueProblem("name", "Ada Lovelace"), undefined);
    });
});
