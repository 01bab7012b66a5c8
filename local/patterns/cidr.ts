import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Leaf } from "./fields";
import { PatternProblem } from "./pattern-problem";

/** Matches IP addresses, as text, of a range such as `10.0.0.0/24`. */
export function cidr(range: string): (value: Leaf) => boolean {
    const [address = "", bits, ...rest] = range.split("/");
    if (bits === undefined || rest.length > 0) {
        throw new PatternProblem("Malformed CIDR, one '/' required");
    }
    const family = addressFamily(address);
    if (family === undefined) {
        throw new PatternProblem(`Malformed CIDR, badly formatted IP address: ${address}`);
    }
    const prefix = Number(bits);
    if (!/^\d+$/.test(bits) || prefix > (family === "ipv4" ? 32 : 128)) {
        throw new PatternProblem("Malformed CIDR, mask bits must be an integer that fits the address");
    }
    const block = new BlockList();
    block.addSubnet(address, prefix, family);
    return (value) => typeof value === "string" && addressFamily(value) === family && block.check(value, family);
}

function addressFamily(address: string): "ipv4" | "ipv6" | undefined {
    if (isIPv4(address)) {
        return "ipv4";
    }
    return isIPv6(address) ? "ipv6" : undefined;
}
