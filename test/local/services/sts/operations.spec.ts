import assert from "node:assert/strict";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsCall } from "../../../../local/aws/authorization";
import { type AwsCredentials, Credentials } from "../../../../local/signing/credentials";
import { AwsError } from "../../../../local/aws/aws-error";
import { roleSession } from "../../../../local/signing/role-session";
import { EdgeServer } from "../../../../local/edge/server";
import { SignatureVerifier } from "../../../../local/signing/sigv4";
import { stsService } from "../../../../local/services/sts/operations";

const ROLE = "arn:aws:iam::000000000000:role/notifier";
const OTHER = "arn:aws:iam::000000000000:role/other";

describe("STS", () => {
    let aheadMs = 0;
    const clock = (): number => Date.now() + aheadMs;
    const credentials = new Credentials(clock);
    const calls: AwsCall[] = [];
    let denied = "";
    let edge: EdgeServer;
    let url: string;

    before(async () => {
        edge = new EdgeServer({ verifier: new SignatureVerifier(credentials, Date.now), log: () => undefined });
        const authorize = (call: AwsCall): void => {
            calls.push(call);
            if (call.resource === denied) {
                throw new AwsError("AccessDeniedException", "no", 403);
            }
        };
        edge.register(stsService({ credentials, authorize, roleExists: (roleArn) => [ROLE, OTHER].includes(roleArn) }));
        url = await edge.listen(0);
    });

    after(() => edge.close());

    const client = ({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials = credentials.administrator) => {
        const token = sessionToken === undefined ? {} : { sessionToken };
        return new STSClient({
            endpoint: url,
            region: "us-east-1",
            credentials: { accessKeyId, secretAccessKey, ...token },
            maxAttempts: 1,
        });
    };

    it("says who calls", async () => {
        const { Account, Arn } = await client().send(new GetCallerIdentityCommand({}));
        assert.deepEqual([Account, Arn], ["000000000000", "arn:aws:iam::000000000000:user/administrator"]);
    });

    it("lets the administrator assume a role of the graph, and that session then call as the role", async () => {
        const { Credentials: issued } = await client().send(
            new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "look" }),
        );
        const session = {
            accessKeyId: issued?.AccessKeyId ?? "",
            secretAccessKey: issued?.SecretAccessKey ?? "",
            sessionToken: issued?.SessionToken ?? "",
        };
        const { Arn } = await client(session).send(new GetCallerIdentityCommand({}));
        assert.equal(Arn, "arn:aws:sts::000000000000:assumed-role/notifier/look");
        assert.deepEqual([calls.at(-1)?.action, calls.at(-1)?.resource], ["sts:AssumeRole", ROLE]);
    });

    it("refuses a role that is not in the graph", async () => {
        const missing = "arn:aws:iam::000000000000:role/missing";
        await assert.rejects(client().send(new AssumeRoleCommand({ RoleArn: missing, RoleSessionName: "look" })), {
            name: "AccessDenied",
            message: `User: arn:aws:iam::000000000000:user/administrator is not authorized to perform: sts:AssumeRole on resource: ${missing}`,
        });
    });

    it("asks the policies whether a role may take on another, with what trust policies go by", async () => {
        const session = credentials.issueRoleCredentials(ROLE, "notify");
        const assume = new AssumeRoleCommand({ RoleArn: OTHER, RoleSessionName: "look", ExternalId: "shop" });
        const { AssumedRoleUser } = await client(session).send(assume);
        assert.equal(AssumedRoleUser?.Arn, "arn:aws:sts::000000000000:assumed-role/other/look");
        assert.deepEqual(calls.at(-1), {
            principal: roleSession(ROLE, "notify"),
            action: "sts:AssumeRole",
            resource: OTHER,
            context: { "sts:RoleSessionName": "look", "sts:ExternalId": "shop" },
        });

        denied = OTHER;
        await assert.rejects(client(session).send(assume), { name: "AccessDenied", message: "no" });
        denied = "";
    });

    it("gives a role that takes on another no more than an hour", async () => {
        const session = credentials.issueRoleCredentials(ROLE, "notify");
        const assume = { RoleArn: OTHER, RoleSessionName: "look", DurationSeconds: 3601 };
        await assert.rejects(client(session).send(new AssumeRoleCommand(assume)), {
            name: "ValidationError",
            message:
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        });
        await client().send(new AssumeRoleCommand(assume));
    });

    it("answers bad signatures with the Query protocol's codes", async () => {
        const { accessKeyId } = credentials.administrator;
        await assert.rejects(client({ accessKeyId, secretAccessKey: "wrong" }).send(new GetCallerIdentityCommand({})), {
            name: "SignatureDoesNotMatch",
        });
        await assert.rejects(
            client({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" }).send(new GetCallerIdentityCommand({})),
            {
                name: "InvalidClientTokenId",
            },
        );
    });

    it("answers an expired session with ExpiredToken", async () => {
        aheadMs = -1000_000;
        const session = credentials.issueRoleCredentials(ROLE, "notify", 900);
        aheadMs = 0;
        await assert.rejects(client(session).send(new GetCallerIdentityCommand({})), {
            name: "ExpiredToken",
        });
    });

    it("names what it has when asked for another action", async () => {
        await assert.rejects(client().send(new GetSessionTokenCommand({})), {
            name: "InvalidAction",
            message: "The local cloud's sts does not have GetSessionToken. It has: AssumeRole, GetCallerIdentity.",
        });
    });
});
