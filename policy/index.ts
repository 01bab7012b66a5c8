import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies";
import { refuseUnknownSettings } from "./settings/refusal";

refuseUnknownSettings(policies);

// Serves the policies, and keeps the process alive to do so: nothing but the policy engine may load this file.
new PolicyPack("push-gateway", { policies, enforcementLevel: "mandatory" });
