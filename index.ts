import { PushGateway } from "./components";
import { readConfig } from "./config";

// Contract v1 (contract/outputs.ts): what service stacks read through a PushGatewayReference.
export = new PushGateway("push", readConfig()).contract();
