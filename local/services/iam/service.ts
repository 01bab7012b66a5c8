import type { Service } from "../../host/service";
import { IamStore } from "./iam-store";
import { iamBehaviours } from "./resources";

/** Roles and policies. Nothing reads or changes them at the endpoint: they come from the graph. */
export const iam: Service<"iam", IamStore> = {
    name: "iam",
    start() {
        const store = new IamStore();
        return {
            api: store,
            resources: iamBehaviours(store),
            // A role is a resource too: its trust policy says who may take it on.
            policies: { service: "iam", of: (arn) => store.trustPolicy(arn), holders: () => store.roleArns() },
        };
    },
};
