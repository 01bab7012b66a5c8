import * as assert from "node:assert/strict";
import type { ArgumentKind } from "../../components/validation/argument-kinds";
import { checkArgument, CIDR_BLOCK } from "../../components/validation/argument-kinds";
import { valueOf } from "../../config/values";
import { BOOLEAN, IDENTIFIER, listOf, oneOf, ORIGINS, SAFE_URL, TEXT, wholeNumber } from "../../contract/values";

/** What is made of a configured value, and what is then reported of it as `path reason`. */
function read(kind: ArgumentKind, raw: unknown): { value: unknown; problems: string[] } {
    const problems: string[] = [];
    const value = valueOf(kind, raw);
    checkArgument(kind, value, (reason, path = "") => problems.push(`${path} ${reason}`.trim()));
    return { value, problems };
}

function accepts(kind: ArgumentKind, raw: unknown, expected: unknown): void {
    assert.deepEqual(read(kind, raw), { value: expected, problems: [] });
}

function refuses(kind: ArgumentKind, raw: unknown, ...problems: string[]): void {
    assert.deepEqual(read(kind, raw).problems, problems);
}

describe("a configuration value", () => {
    it("is text without blanks around it", () => {
        accepts(TEXT, "sub", "sub");
        for (const value of ["", " ", " sub", 7, null]) {
            refuses(TEXT, value, `is ${JSON.stringify(value)}; write text without blanks around it`);
        }
    });

    it("is an identifier that a comma-separated list can hold", () => {
        accepts(IDENTIFIER, "push-gateway", "push-gateway");
        refuses(IDENTIFIER, "a,b", 'is "a,b"; write text without blanks and commas');
        refuses(IDENTIFIER, "a b", 'is "a b"; write text without blanks and commas');
    });

    it("is an https URL, or an http URL on this machine", () => {
        for (const url of [
            "https://login.example.com/",
            "http://localhost:4510/_issuer",
            "http://127.0.0.1:1",
            "http://[::1]:1/",
        ]) {
            accepts(SAFE_URL, url, url);
        }
        for (const url of [
            "http://login.example.com/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "login.example.com",
            "ftp://x/",
            "",
        ]) {
            refuses(SAFE_URL, url, `is ${JSON.stringify(url)}; write a URL that begins with https://`);
        }
    });

    it("is true or false, as YAML or as text", () => {
        accepts(BOOLEAN, true, true);
        accepts(BOOLEAN, "false", false);
        refuses(BOOLEAN, "yes", 'is "yes"; write true or false');
    });

    it("is a whole number within bounds, as YAML or as text", () => {
        const parse = wholeNumber(1, 1000);
        accepts(parse, 1, 1);
        accepts(parse, "1000", 1000);
        for (const value of ["0", "1001", "1.5"]) {
            refuses(parse, value, `is ${value}; write a whole number from 1 to 1,000`);
        }
        for (const value of ["many", "", " "]) {
            refuses(parse, value, `is ${JSON.stringify(value)}; write a whole number from 1 to 1,000`);
        }
    });

    it("is one of several numbers", () => {
        accepts(oneOf([1, 3]), "3", 3);
        refuses(oneOf([1, 3]), "2", "is 2; write one of 1, 3");
    });

    it("is the address range of a VPC", () => {
        accepts(CIDR_BLOCK, "10.0.0.0/16", "10.0.0.0/16");
        for (const value of ["10.0.0.0", "10.0.0.0/8", "10.0.0.0/28", "10.0.0.256/16", "10.0.0/16", "10..0.0/16"]) {
            refuses(CIDR_BLOCK, value, `is ${JSON.stringify(value)}; write a range of /16 to /24, such as 10.0.0.0/16`);
        }
    });

    it("is a list, whose items are each reported by place", () => {
        accepts(listOf(IDENTIFIER), '["a","b"]', ["a", "b"]);
        refuses(
            listOf(IDENTIFIER),
            '["a","b c",7]',
            '[1] is "b c"; write text without blanks and commas',
            "[2] is 7; write text without blanks and commas",
        );
        refuses(listOf(IDENTIFIER), "[]", "is []; write a list with at least one item");
    });

    it("is one item in the place of a list", () => {
        accepts(listOf(IDENTIFIER), "a", ["a"]);
        accepts(listOf(IDENTIFIER), '["a","b"]', ["a", "b"]);
        refuses(listOf(IDENTIFIER), "a b", '[0] is "a b"; write text without blanks and commas');
    });

    it("is a list of origins as browsers send them, or * alone", () => {
        accepts(ORIGINS, '["https://shop.example.com","http://localhost:3000"]', [
            "https://shop.example.com",
            "http://localhost:3000",
        ]);
        accepts(ORIGINS, '["*"]', ["*"]);
        refuses(
            ORIGINS,
            '["https://Shop.example.com/app"]',
            '[0] is "https://Shop.example.com/app"; write an origin as browsers send it, which has no path: https://shop.example.com',
        );
        refuses(
            ORIGINS,
            '["shop"]',
            '[0] is "shop"; write an origin as browsers send it, which has no path: https://shop.example.com',
        );
        refuses(
            ORIGINS,
            '["*","https://shop.example.com"]',
            'has "*" beside other origins; keep "*" alone to let every page connect, or the others',
        );
    });

    it("is an object with exactly the known members, each reported by name", () => {
        const parse: ArgumentKind = {
            type: "record",
            required: { rateLimit: wholeNumber(1, 10) },
            optional: { name: TEXT },
        };
        accepts(parse, '{"rateLimit":5}', { rateLimit: 5 });
        accepts(parse, { rateLimit: "5", name: "n" }, { rateLimit: 5, name: "n" });
        refuses(
            parse,
            '{"ratelimit":5,"name":""}',
            ".ratelimit is not known; there are only name, rateLimit",
            '.name is ""; write text without blanks around it',
            ".rateLimit is missing",
        );
        refuses(parse, "fast", 'is "fast"; write an object with name, rateLimit');
        refuses(parse, "[1]", 'is "[1]"; write an object with name, rateLimit');
    });

    it("is cut in the report where it is long", () => {
        const [problem = ""] = read(BOOLEAN, "x".repeat(500)).problems;
        assert.ok(problem.length < 100);
    });
});
