import { strict as assert } from "node:assert";
import type { SettingsOf } from "../../../functions/runtime/settings";
import {
    boolean,
    fromLambda,
    integer,
    list,
    optional,
    readSettings,
    text,
    url,
    withDefault,
} from "../../../functions/runtime/settings";

const TABLE = {
    a: text("A"),
    b: list("B"),
    c: integer("C", 1, 1_000),
    d: boolean("D"),
    e: url("E"),
    absent: optional(text("F")),
    preset: withDefault(integer("G", 1, 1_000), 256),
    region: fromLambda("AWS_REGION"),
};

const ENVIRONMENT = { A: "x", B: "a, b,,c", C: "7", D: "true", E: "https://example.com/v1", AWS_REGION: "us-east-1" };

describe("readSettings", () => {
    it("reads each variable as its setting says", () => {
        const settings: SettingsOf<typeof TABLE> = readSettings(ENVIRONMENT, TABLE);
        const typed: { a: string; b: readonly string[]; c: number; d: boolean; e: URL; preset: number } = settings;
        assert.equal(typed, settings);
        assert.deepEqual(settings, {
            a: "x",
            b: ["a", "b", "c"],
            c: 7,
            d: true,
            e: new URL("https://example.com/v1"),
            absent: undefined,
            preset: 256,
            region: "us-east-1",
        });
    });

    it("prefers what is given to the default", () => {
        const { preset, absent } = readSettings({ ...ENVIRONMENT, G: "1000", F: "there" }, TABLE);
        assert.deepEqual([preset, absent], [1_000, "there"]);
    });

    it("names all that is wrong at once", () => {
        assert.throws(
            () => readSettings({ A: "", C: "1001", D: "yes", E: "example", B: " , ", F: " x", G: "1.5" }, TABLE),
            {
                name: "EnvironmentError",
                problems: [
                    "A is not set",
                    "B is []; write a list with at least one item",
                    "C is 1001; write a whole number from 1 to 1,000",
                    'D is "yes"; write true or false',
                    'E is "example"; write a URL',
                    'F is " x"; write text without blanks around it',
                    "G is 1.5; write a whole number from 1 to 1,000",
                    "AWS_REGION is not set",
                ],
            },
        );
    });

    for (const [written, reason] of [
        ["", "C is not set"],
        ["x", 'C is "x"; write a whole number from 1 to 1,000'],
        [" ", 'C is " "; write a whole number from 1 to 1,000'],
        ["0", "C is 0; write a whole number from 1 to 1,000"],
    ] as const) {
        it(`takes no ${JSON.stringify(written)} for a number`, () => {
            assert.throws(() => readSettings({ ...ENVIRONMENT, C: written }, TABLE), { problems: [reason] });
        });
    }
});
