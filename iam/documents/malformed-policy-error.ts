/** Where in which policy something is wrong. */
export interface Place {
    readonly policy: string;
    /** Position of the statement, from 0. */
    readonly statement?: number;
    readonly sid?: string;
}

/** A document that is not a policy. The text names the policy, the statement, the member and what it should be. */
export class MalformedPolicyError extends Error {
    override readonly name = "MalformedPolicyError";
    /** The code that IAM answers with on such a document. */
    readonly code = "MalformedPolicyDocument";

    constructor(
        readonly place: Place,
        readonly reason: string,
        options?: ErrorOptions,
    ) {
        super(`${describePlace(place)} ${reason}.`, options);
    }
}

/** An error about one member of a statement, or of the document where the place has no statement. */
export function memberError(place: Place, member: string, reason: string, value?: unknown): MalformedPolicyError {
    const given = value === undefined ? "" : `, not ${JSON.stringify(value)}`;
    return new MalformedPolicyError(place, `\`${member}\` ${reason}${given}`);
}

function describePlace(place: Place): string {
    const statement = place.statement === undefined ? "" : `, statement ${place.statement}`;
    const sid = place.sid === undefined ? "" : ` (${place.sid})`;
    return `Policy "${place.policy}"${statement}${sid}:`;
}
