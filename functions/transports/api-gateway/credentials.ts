import type { Environment } from "../../runtime/settings";

export interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Present on the temporary credentials of a role. */
    readonly sessionToken?: string;
}

/** Called whenever credentials are needed; may answer with new ones at any time. */
export type CredentialProvider = () => Credentials;

/** Thrown where the environment holds no credentials. */
export class MissingCredentialsError extends Error {
    override readonly name = "MissingCredentialsError";
    readonly code = "missing_credentials";
}

/**
 * The role's credentials, as Lambda puts them into the environment. They are read at each call, so that whoever
 * replaces the values is followed.
 */
export function environmentCredentials(environment: Environment): CredentialProvider {
    return () => {
        const {
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            AWS_SESSION_TOKEN: sessionToken,
        } = environment;
        if (!accessKeyId || !secretAccessKey) {
            throw new MissingCredentialsError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set.");
        }
        return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    };
}
