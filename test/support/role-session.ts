import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { TestCloud } from "./shared-cloud";

/** What an SDK client needs to act as a role of the graph. */
export interface RoleSession {
    readonly endpoint: string;
    readonly region: string;
    readonly maxAttempts: number;
    readonly credentials: {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken: string;
    };
}

/** The role's own credentials, which the administrator of the local cloud may have. */
export async function sessionOf(cloud: TestCloud, role: string): Promise<RoleSession> {
    const { aws: endpoint, region, credentials } = cloud.local;
    const sts = new STSClient({ endpoint, region, credentials });
    const { Credentials } = await sts.send(
        new AssumeRoleCommand({ RoleArn: cloud.roleArn(role), RoleSessionName: "test" }),
    );
    sts.destroy();
    return {
        endpoint,
        region,
        maxAttempts: 1,
        credentials: {
            accessKeyId: Credentials?.AccessKeyId ?? "",
            secretAccessKey: Credentials?.SecretAccessKey ?? "",
            sessionToken: Credentials?.SessionToken ?? "",
        },
    };
}
