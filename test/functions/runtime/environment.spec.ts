import { strict as assert } from "node:assert";
import {
    boolean,
    list,
    optional,
    positiveInteger,
    readEnvironment,
    text,
    url,
    withDefault,
} from "../../../functions/runtime/environment";

describe("readEnvironment", () => {
    it("reads each variable as what it is", () => {
        const environment = { A: "x", B: "a, b,,c", C: "7", D: "true", E: "https://example.com/v1" };
        const values = readEnvironment(environment, {
            a: text("A"),
            b: list("B"),
            c: positiveInteger("C"),
            d: boolean("D"),
            e: url("E"),
            absent: optional(text, "F"),
            preset: withDefault(positiveInteger, "G", 256),
            given: withDefault(positiveInteger, "C", 1),
        });
        assert.deepEqual(values, {
            a: "x",
            b: ["a", "b", "c"],
            c: 7,
            d: true,
            e: new URL("https://example.com/v1"),
            absent: undefined,
            preset: 256,
            given: 7,
        });
    });

    it("names all that is wrong at once", () => {
        assert.throws(
            () =>
                readEnvironment(
                    { A: "", C: "-1", D: "yes", E: "example", B: " , ", G: "1.5" },
                    {
                        a: text("A"),
                        b: list("B"),
                        c: positiveInteger("C"),
                        d: boolean("D"),
                        e: url("E"),
                        g: withDefault(positiveInteger, "G", 1),
                    },
                ),
            {
                name: "EnvironmentError",
                problems: [
                    "A is not set",
                    "B is an empty list",
                    "C is not a positive integer: -1",
                    'D is neither "true" nor "false": yes',
                    "E is not a URL: example",
                    "G is not a positive integer: 1.5",
                ],
            },
        );
    });
});
