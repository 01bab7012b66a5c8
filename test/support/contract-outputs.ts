import type { PushGatewayContract } from "../../contract/outputs";
import { CONTRACT_OUTPUTS, CONTRACT_VERSION } from "../../contract/outputs";

/** Outputs that keep the contract: each text is its own name, but for those that are given. */
export function contractOutputs(given: Partial<PushGatewayContract> = {}): PushGatewayContract {
    const outputs = Object.entries(CONTRACT_OUTPUTS).map(([name, type]) => {
        return [name, type === "number" ? CONTRACT_VERSION : `the ${name}`];
    });
    return { ...(Object.fromEntries(outputs) as unknown as PushGatewayContract), ...given };
}
