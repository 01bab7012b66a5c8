import type { Random } from "./random";

/** Texts that have fooled parsers, templates, paths and maps before. */
const ODD_TEXTS = [
    "",
    " ",
    "*",
    "**",
    "/",
    "//",
    "a/b",
    "x/../ada",
    "../ada",
    ".",
    "..",
    "@",
    "@me",
    "@all",
    "@user",
    "@user/bob",
    "@nobody",
    "{sub}",
    "{}",
    "$connect",
    "$default",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "null",
    "undefined",
    "NaN",
    "true",
    "0",
    "-0",
    "1e999",
    "\u0000",
    "\n",
    "\r\n",
    "\t",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "\ud800",
    "\udfff\ud800",
    "😀",
    "é",
    "e\u0301",
    "ａda",
    "а",
    "ada\u0000",
    "ada ",
    "ADA",
    "%2f",
    "%00",
    "..%2fada",
    "<script>",
    "'; DROP TABLE",
    "${jndi:ldap://x}",
    "channel#orders/1",
    "connection#x",
    "#",
    "x#y",
    "\\",
    '"',
    "\\u002f",
] as const;

const ODD_NUMBERS = [
    0,
    -0,
    1,
    -1,
    0.5,
    1e21,
    -1e21,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    2 ** 53 - 1,
    -(2 ** 53),
    1e308,
    -1e308,
    5e-324,
    4_294_967_295,
    2 ** 53 + 2,
] as const;

/** Names that mean something to an object, beside ordinary ones. */
const ODD_NAMES = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "length",
    "then",
    "toJSON",
    "",
    "a",
] as const;

export function oddText(random: Random): string {
    return random.from([
        () => random.one(ODD_TEXTS),
        () => random.one(ODD_TEXTS) + random.one(ODD_TEXTS),
        () =>
            random
                .one(["x", "é", "😀", "\uffff", "/", '"'])
                .repeat(random.one([80, 127, 128, 129, 255, 256, 257, 1_000])),
        () => String.fromCharCode(...random.several(1, 12, () => random.below(0x1_00_00))),
        () => String.fromCharCode(...random.several(1, 12, () => 32 + random.below(95))),
    ]);
}

/** Any value that JSON can carry, in whatever type nobody expects; nested, but not deep. */
export function oddValue(random: Random, depth = 3): unknown {
    const leaf = random.from<unknown>([
        () => oddText(random),
        () => random.one(ODD_NUMBERS),
        () => random.hits(0.5),
        () => null,
    ]);
    if (depth === 0 || random.hits(0.5)) {
        return leaf;
    }
    return random.hits(0.5) ? random.several(0, 3, () => oddValue(random, depth - 1)) : oddObject(random, depth - 1);
}

/** An object with names of its own, `__proto__` among them, as JSON.parse makes them. */
export function oddObject(random: Random, depth = 2): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
        random.several(0, 3, () => [
            random.hits(0.7) ? random.one(ODD_NAMES) : oddText(random),
            oddValue(random, depth),
        ]),
    );
}

/** `levels` lists or objects, one in the other. */
export function deepJson(random: Random, levels: number): string {
    const [open, close] = random.one([
        ["[", "]"],
        ['{"a":', "}"],
    ] as const);
    return `${open.repeat(levels)}1${close.repeat(levels)}`;
}

/** The object with one thing about it changed: a member missing, of another type, renamed, or one too many. */
export function mutated(random: Random, object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const entries = Object.entries(object);
    const at = random.below(entries.length);
    return Object.fromEntries(
        random.from<[string, unknown][]>([
            () => entries.filter((_, index) => index !== at),
            () => entries.map(([name, value], index) => [name, index === at ? oddValue(random) : value]),
            () => entries.map(([name, value], index) => [name, index === at ? changed(random, value) : value]),
            () => entries.map(([name, value], index) => [index === at ? random.one(ODD_NAMES) : name, value]),
            () => [...entries, [random.one(ODD_NAMES), oddValue(random)]],
        ]),
    );
}

/** A value of the same kind, but not the same. */
function changed(random: Random, value: unknown): unknown {
    if (typeof value === "string") {
        const at = random.below(value.length + 1);
        return value.slice(0, at) + oddText(random) + value.slice(at + random.below(3));
    }
    if (Array.isArray(value)) {
        return [...(value as readonly unknown[]), oddValue(random)];
    }
    return typeof value === "object" && value !== null && Object.keys(value).length > 0
        ? mutated(random, value as Readonly<Record<string, unknown>>)
        : random.one(ODD_NUMBERS);
}

/** Text of which some characters are lost, doubled or others. */
export function garbled(random: Random, text: string): string {
    let result = text;
    for (let times = 1 + random.below(3); times > 0; times--) {
        const at = random.below(result.length + 1);
        const end = at + random.below(4);
        const put = random.from([
            () => "",
            () => result.slice(at, end).repeat(2),
            () => random.one(['"', "{", "}", "[", "]", ",", ":", "\\", "\u0000", "\ud800", "0", "e", "-", "/"]),
        ]);
        result = result.slice(0, at) + put + result.slice(end);
    }
    return result;
}
