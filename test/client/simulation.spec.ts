import { assertPromise, SCENARIOS } from "./support/histories";

/** A quick share, with other histories each time. `npm run test:faults` lives through thousands. */
const HISTORIES = 20;

describe("the promise of PushClient, in a simulated world", () => {
    for (const scenario of SCENARIOS) {
        it(scenario.name, async () => {
            await assertPromise(scenario, HISTORIES, 60_000);
        }).timeout(120_000);
    }
});
