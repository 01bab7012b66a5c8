import { randomBytes, randomInt } from "node:crypto";
import { ACCOUNT_ID } from "../aws/account";
import type { Principal } from "../aws/authorization";

/** What a client needs to sign with. */
export interface AwsCredentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Only temporary credentials have one, and each request must carry it. */
    readonly sessionToken?: string;
    /** Epoch milliseconds. */
    readonly expiration?: number;
}

export interface TemporaryCredentials extends AwsCredentials {
    readonly sessionToken: string;
    readonly expiration: number;
}

/** An access key and whom it stands for. */
export interface KnownKey {
    readonly credentials: AwsCredentials;
    readonly principal: Principal;
}

/** The administrator, who also stands behind what `npm start` provisions. */
export const ADMINISTRATOR: Principal = { kind: "administrator", arn: `arn:aws:iam::${ACCOUNT_ID}:user/administrator` };

/** As long as Lambda's own credentials last. */
export const ROLE_SESSION_SECONDS = 12 * 3600;

/** An expired key is remembered for this long, so that it is answered as expired and not as unknown. */
const EXPIRED_KEY_MEMORY_MS = 3600_000;

/** Every access key of the local cloud: the administrator's, new at each start, and the role sessions issued since. */
export class Credentials {
    /** For people and tests. */
    readonly administrator: AwsCredentials;
    readonly #keys = new Map<string, KnownKey>();

    constructor(private readonly clock: () => number) {
        this.administrator = { accessKeyId: accessKeyId("AKIA"), secretAccessKey: randomBytes(30).toString("base64") };
        this.#keys.set(this.administrator.accessKeyId, { credentials: this.administrator, principal: ADMINISTRATOR });
    }

    /**
     * Credentials of a session of the role, as functions, pipes and AssumeRole get them.
     *
     * @param roleArn `arn:aws:iam::<account>:role/<path and name>`
     * @param durationSeconds Defaults to 12 hours.
     */
    issueRoleCredentials(
        roleArn: string,
        sessionName: string,
        durationSeconds = ROLE_SESSION_SECONDS,
    ): TemporaryCredentials {
        this.#forgetLongExpired();
        const credentials = {
            accessKeyId: accessKeyId("ASIA"),
            secretAccessKey: randomBytes(30).toString("base64"),
            // About as long as AWS's, so that requests here weigh what they weigh there.
            sessionToken: randomBytes(600).toString("base64"),
            expiration: this.clock() + durationSeconds * 1000,
        };
        const arn = assumedRoleArn(roleArn, sessionName);
        this.#keys.set(credentials.accessKeyId, {
            credentials,
            principal: { kind: "role", arn, roleArn, sessionName },
        });
        return credentials;
    }

    /** The key as it was issued, also after it expired. */
    find(id: string): KnownKey | undefined {
        return this.#keys.get(id);
    }

    #forgetLongExpired(): void {
        const before = this.clock() - EXPIRED_KEY_MEMORY_MS;
        for (const [id, { credentials }] of this.#keys) {
            if (credentials.expiration !== undefined && credentials.expiration < before) {
                this.#keys.delete(id);
            }
        }
    }
}

/** The ARN a role session acts under: the role's name without its path. */
export function assumedRoleArn(roleArn: string, sessionName: string): string {
    const roleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
    return `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${sessionName}`;
}

function accessKeyId(prefix: "AKIA" | "ASIA"): string {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    return prefix + Array.from({ length: 16 }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}
