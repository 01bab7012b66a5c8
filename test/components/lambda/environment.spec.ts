import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { environmentOf } from "../../../components/lambda/environment";
import { AUTHORIZE_SETTINGS } from "../../../functions/authorize/settings";
import { CONNECT_SETTINGS } from "../../../functions/connect/settings";
import { DELIVER_SETTINGS } from "../../../functions/deliver/settings";
import { DISCONNECT_SETTINGS } from "../../../functions/disconnect/settings";
import { MESSAGE_SETTINGS } from "../../../functions/message/settings";
import { NOTIFY_SETTINGS } from "../../../functions/notify/settings";
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
    name: text("NAME"),
    names: list("NAMES"),
    place: url("PLACE"),
    isOn: withDefault(boolean("IS_ON"), true),
    count: withDefault(integer("COUNT", 1, 9), 3),
    more: optional(list("MORE")),
    region: fromLambda("AWS_REGION"),
};
const REQUIRED = { name: "n", names: ["a", "b"], place: "https://example.com/" };
const LEFT_OUT = { isOn: undefined, count: undefined, more: undefined };

async function valueOf(environment: Record<string, pulumi.Input<string>>): Promise<Record<string, string>> {
    return new Promise((resolve) => {
        pulumi.output(environment).apply(resolve);
    });
}

describe("the environment of a function", () => {
    it("holds what is given and what is the default, under the names of the variables", async () => {
        assert.deepEqual(await valueOf(environmentOf(TABLE, { ...REQUIRED, ...LEFT_OUT })), {
            NAME: "n",
            NAMES: "a,b",
            PLACE: "https://example.com/",
            IS_ON: "true",
            COUNT: "3",
        });
    });

    it("is what the function reads, outputs and items that are outputs included", async () => {
        const environment = environmentOf(TABLE, {
            name: pulumi.output("later"),
            names: ["a", pulumi.output("b")],
            place: pulumi.output("https://example.com/"),
            isOn: pulumi.output(false),
            count: 9,
            more: pulumi.output(["c"]),
        });
        assert.deepEqual(readSettings({ ...(await valueOf(environment)), AWS_REGION: "r" }, TABLE), {
            name: "later",
            names: ["a", "b"],
            place: new URL("https://example.com/"),
            isOn: false,
            count: 9,
            more: ["c"],
            region: "r",
        });
    });

    it("compiles only with every setting, each of its type, and no other", () => {
        // The compiler judges these, not mocha: it reports a directive that no error follows.
        const never = (): void => {
            // @ts-expect-error -- `names` is missing
            environmentOf(TABLE, { name: "n", place: "https://example.com/", ...LEFT_OUT });
            // @ts-expect-error -- `count` has a default, and must be named all the same
            environmentOf(TABLE, { ...REQUIRED, isOn: undefined, more: undefined });
            // @ts-expect-error -- `nmae` is misspelt
            environmentOf(TABLE, { ...REQUIRED, ...LEFT_OUT, nmae: "n" });
            // @ts-expect-error -- a number is no boolean
            environmentOf(TABLE, { ...REQUIRED, ...LEFT_OUT, isOn: 1 });
            // @ts-expect-error -- a required setting cannot be left out
            environmentOf(TABLE, { ...REQUIRED, ...LEFT_OUT, name: undefined });
            // @ts-expect-error -- Lambda itself sets the Region
            environmentOf(TABLE, { ...REQUIRED, ...LEFT_OUT, region: "us-east-1" });
        };
        assert.equal(typeof never, "function");
    });

    for (const [name, table] of Object.entries({
        authorize: AUTHORIZE_SETTINGS,
        connect: CONNECT_SETTINGS,
        deliver: DELIVER_SETTINGS,
        disconnect: DISCONNECT_SETTINGS,
        message: MESSAGE_SETTINGS,
        notify: NOTIFY_SETTINGS,
    })) {
        it(`has a variable of its own for each setting of ${name}`, () => {
            const variables = Object.values<{ readonly variable: string }>(table).map(({ variable }) => variable);
            assert.equal(new Set(variables).size, variables.length);
        });
    }
});
