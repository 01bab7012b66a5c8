import { strict as assert } from "node:assert";
import { environmentCredentials } from "../../../../functions/transports/api-gateway/credentials";

describe("environmentCredentials", () => {
    it("reads the environment each time, so that values which are replaced are followed", () => {
        const environment: Record<string, string> = {
            AWS_ACCESS_KEY_ID: "a",
            AWS_SECRET_ACCESS_KEY: "s",
            AWS_SESSION_TOKEN: "t",
        };
        const credentials = environmentCredentials(environment);
        assert.deepEqual(credentials(), { accessKeyId: "a", secretAccessKey: "s", sessionToken: "t" });
        environment["AWS_SESSION_TOKEN"] = "t2";
        assert.equal(credentials().sessionToken, "t2");
    });

    it("knows credentials without a session token", () => {
        const credentials = environmentCredentials({
            AWS_ACCESS_KEY_ID: "a",
            AWS_SECRET_ACCESS_KEY: "s",
            AWS_SESSION_TOKEN: "",
        });
        assert.deepEqual(credentials(), { accessKeyId: "a", secretAccessKey: "s" });
    });

    it("fails where there are none", () => {
        assert.throws(environmentCredentials({ AWS_ACCESS_KEY_ID: "a" }), { name: "MissingCredentialsError" });
    });
});
