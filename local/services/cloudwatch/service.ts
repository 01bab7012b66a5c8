import type { Service } from "../../host/service";
import { cloudWatchBehaviours } from "./resources";

/** Log groups, alarms and dashboards: accepted, and without effect. */
export const cloudWatch: Service<"cloudWatch", undefined> = {
    name: "cloudWatch",
    start: () => ({ api: undefined, resources: cloudWatchBehaviours }),
};
