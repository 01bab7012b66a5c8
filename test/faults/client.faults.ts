import { assertPromise, SCENARIOS } from "../client/support/histories";

/** Of each kind, so that there are thousands in all. They live in virtual time: each takes some ten milliseconds. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 500);
const MINUTES = 600_000;

describe("The client, over thousands of random histories", () => {
    for (const scenario of SCENARIOS) {
        it(scenario.name, async () => {
            await assertPromise(scenario, HISTORIES, MINUTES - 30_000);
        }).timeout(MINUTES);
    }
});
