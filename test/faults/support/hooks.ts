import { closeFaultCloud } from "./fault-cloud";

/** Mocha's root hooks: the cloud that all fault specs share ends with the run. */
export const mochaHooks = {
    afterAll: closeFaultCloud,
};
