import * as assert from "node:assert/strict";
import {
    CONTRACT_OUTPUT_NAMES,
    CONTRACT_VERSION,
    contractProblems,
    isContract,
    keepsNewerContract,
} from "../../contract/outputs";
import { contractOutputs } from "../support/contract-outputs";

const OUTPUTS = contractOutputs();

describe("contract v1", () => {
    it("is kept by outputs that have every name and type, and by more than that", () => {
        assert.equal(CONTRACT_VERSION, 1);
        assert.deepEqual(contractProblems(OUTPUTS), []);
        assert.ok(isContract({ ...OUTPUTS, somethingNew: true }));
    });

    for (const name of CONTRACT_OUTPUT_NAMES) {
        it(`is broken without ${name}`, () => {
            const outputs = Object.fromEntries(Object.entries(OUTPUTS).filter(([key]) => key !== name));
            assert.deepEqual(contractProblems(outputs), [`output \`${name}\` is missing`]);
            assert.equal(isContract(outputs), false);
        });
    }

    it("is broken by an output of another type, or with nothing in it", () => {
        assert.deepEqual(
            contractProblems({
                ...OUTPUTS,
                eventBusArn: ["arn:bus"],
                contractVersion: "1",
                notifierArn: null,
                webSocketUrl: "",
            }),
            [
                "output `contractVersion` is of type string, not number",
                "output `webSocketUrl` is empty",
                "output `notifierArn` is of type null, not string",
                "output `eventBusArn` is of type array, not string",
            ],
        );
    });

    it("is broken by another version", () => {
        for (const contractVersion of [0, 2]) {
            assert.deepEqual(contractProblems({ ...OUTPUTS, contractVersion }), [
                `output \`contractVersion\` is ${contractVersion}, but this component reads version 1`,
            ]);
        }
    });

    it("has nothing to say of the other outputs of a newer version", () => {
        assert.deepEqual(contractProblems({ contractVersion: 2 }), [
            "output `contractVersion` is 2, but this component reads version 1",
        ]);
        assert.equal(keepsNewerContract({ contractVersion: 2 }), true);
        for (const outputs of [OUTPUTS, { contractVersion: 0 }, { contractVersion: "2" }, {}]) {
            assert.equal(keepsNewerContract(outputs), false);
        }
    });

    it("is broken by a stack without any outputs", () => {
        assert.equal(contractProblems({}).length, CONTRACT_OUTPUT_NAMES.length);
    });
});
