import * as assert from "node:assert/strict";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "../../../components/validation/program-error";

describe("ProgramError", () => {
    it("is one of Pulumi's errors that are shown without a stack", () => {
        assert.ok(pulumi.RunError.isInstance(new ProgramError("no")));
    });

    it("keeps its message, whatever Pulumi puts in front of it", () => {
        const error = new ProgramError("no");
        error.message = `error serializing property "outputs": ${error.message}`;
        assert.equal(error.message, "no");
    });

    it("is inspected as its message, not with all that Pulumi hangs on it", () => {
        const error = Object.assign(new ProgramError("no"), { promise: { huge: new Array(1000).fill("x") } });
        assert.equal(inspect(error), "no");
    });
});
