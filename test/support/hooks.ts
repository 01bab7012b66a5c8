import { closeSharedCloud } from "./shared-cloud";

/** Mocha's root hooks: whatever the suites share ends with the run. */
export const mochaHooks = {
    afterAll: closeSharedCloud,
};
