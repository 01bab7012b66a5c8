import type * as pulumi from "@pulumi/pulumi";
import type { ContractOutput, PushGatewayContract } from "../../contract/outputs";
import { CONTRACT_OUTPUT_NAMES } from "../../contract/outputs";

/** The contract as a component has it. Both components declare each output, because Pulumi's schema shows only those. */
export type ContractOutputs = { readonly [Name in ContractOutput]: pulumi.Output<PushGatewayContract[Name]> };

/** All outputs of the contract, each read by its name. */
export function contractOutputs(read: (name: ContractOutput) => pulumi.Output<string | number>): ContractOutputs {
    // Complete, since these are all the names that there are; and of these types, since both readers take a contract.
    return Object.fromEntries(CONTRACT_OUTPUT_NAMES.map((name) => [name, read(name)])) as unknown as ContractOutputs;
}
