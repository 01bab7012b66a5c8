import { isObject } from "../../contract/json";
import { memberError, type Place } from "./malformed-policy-error";

/** `Principal` or `NotPrincipal` in its normal form. */
export interface PrincipalSelection {
    readonly inverted: boolean;
    /** `"*"` or `{"AWS": "*"}`: everybody, whether signed in or not. */
    readonly everyone: boolean;
    /** ARNs of accounts (`arn:aws:iam::<account>:root`, also for a bare number), roles, role sessions and users. */
    readonly aws: readonly string[];
    /** Service principals, for example `events.amazonaws.com`. */
    readonly services: readonly string[];
    /** `Federated` and `CanonicalUser` entries, of which no request here ever is. */
    readonly others: readonly string[];
}

const KINDS = ["AWS", "Service", "Federated", "CanonicalUser"];

/** Reads the principal of a statement; `undefined` where it has none. */
export function parsePrincipals(
    source: Readonly<Record<string, unknown>>,
    place: Place,
): PrincipalSelection | undefined {
    const inverted = source["NotPrincipal"] !== undefined;
    if (inverted && source["Principal"] !== undefined) {
        throw memberError(place, "Principal", "and NotPrincipal must not both be given");
    }
    const member = inverted ? "NotPrincipal" : "Principal";
    const given = source[member];
    if (given === undefined) {
        return undefined;
    }
    if (given === "*") {
        return { inverted, everyone: true, aws: [], services: [], others: [] };
    }
    if (!isObject(given)) {
        throw memberError(place, member, `must be "*" or an object with ${KINDS.join(", ")}`, given);
    }
    return selectionOf({ ...given }, inverted, place);
}

function selectionOf(given: Record<string, unknown>, inverted: boolean, place: Place): PrincipalSelection {
    const member = inverted ? "NotPrincipal" : "Principal";
    const names = (kind: string): readonly string[] => principalNames(given[kind], `${member}.${kind}`, place);
    const unknown = Object.keys(given).find((kind) => !KINDS.includes(kind));
    if (unknown !== undefined || Object.keys(given).length === 0) {
        throw memberError(place, member, `must have one of ${KINDS.join(", ")}`, given);
    }
    const aws = names("AWS");
    const partial = aws.find((name) => name !== "*" && /[*?]/.test(name));
    if (partial !== undefined) {
        throw memberError(place, `${member}.AWS`, "must name a principal in full, or everybody with *", partial);
    }
    return {
        inverted,
        everyone: aws.includes("*"),
        aws: aws.filter((name) => name !== "*").map(accountArn),
        services: names("Service"),
        others: [...names("Federated"), ...names("CanonicalUser")],
    };
}

function principalNames(given: unknown, member: string, place: Place): readonly string[] {
    if (given === undefined) {
        return [];
    }
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    return list.map((name) => {
        if (typeof name !== "string" || name === "") {
            throw memberError(place, member, "must be a string or a list of strings", name);
        }
        return name;
    });
}

/** A bare account number is short for the ARN of the account. */
function accountArn(name: string): string {
    return /^\d{12}$/.test(name) ? `arn:aws:iam::${name}:root` : name;
}
