import assert from "node:assert/strict";
import { assumedRoleArn, Credentials } from "../../../local/signing/credentials";

const ROLE = "arn:aws:iam::000000000000:role/service/notifier";

describe("Credentials", () => {
    it("have another administrator at every start", () => {
        const [one, other] = [new Credentials(() => 0).administrator, new Credentials(() => 0).administrator];
        assert.match(one.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
        assert.notEqual(one.accessKeyId, other.accessKeyId);
        assert.notEqual(one.secretAccessKey, other.secretAccessKey);
    });

    it("of a role's session are temporary, and known by their key", () => {
        const credentials = new Credentials(() => 5000);
        const issued = credentials.issueRoleCredentials(ROLE, "notify", 900);
        assert.match(issued.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
        assert.equal(issued.expiration, 905_000);
        assert.deepEqual(credentials.find(issued.accessKeyId)?.principal, {
            kind: "role",
            arn: "arn:aws:sts::000000000000:assumed-role/notifier/notify",
            roleArn: ROLE,
            sessionName: "notify",
        });
    });

    it("are forgotten an hour after they expired", () => {
        let now = 0;
        const credentials = new Credentials(() => now);
        const { accessKeyId } = credentials.issueRoleCredentials(ROLE, "notify", 900);
        now = 900_000 + 3600_000;
        credentials.issueRoleCredentials(ROLE, "next");
        assert.ok(credentials.find(accessKeyId), "an expired key is still known as one");
        now += 1;
        credentials.issueRoleCredentials(ROLE, "next");
        assert.equal(credentials.find(accessKeyId), undefined);
        assert.ok(credentials.find(credentials.administrator.accessKeyId));
    });
});

describe("assumedRoleArn", () => {
    it("drops the role's path, as STS does", () => {
        assert.equal(assumedRoleArn(ROLE, "s"), "arn:aws:sts::000000000000:assumed-role/notifier/s");
    });
});
