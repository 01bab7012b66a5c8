import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { sharedCloud } from "../support/shared-cloud";
import type { TestCloud } from "../support/shared-cloud";

/** Attempts of somebody on the internet, who has no token and no credentials, on what is open to the internet. */
describe("A stranger cannot", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await sharedCloud();
    });
    afterEach(() => cloud.closeListeners());

    it("reach @connections without a signature: neither send, nor look, nor disconnect", async () => {
        const ada = await cloud.listen({ sub: "ada" });
        const { connectionId } = await ada.ask({ action: "hello", id: 1 });
        const url = `${cloud.platform.managementEndpoint}/@connections/${encodeURIComponent(String(connectionId))}`;
        const token = await cloud.mint({ sub: "ada" });

        const attempts: readonly Record<string, string>[] = [
            {},
            { authorization: `Bearer ${token}` },
            { authorization: "AWS4-HMAC-SHA256 Credential=x" },
        ];
        for (const headers of attempts) {
            for (const method of ["POST", "GET", "DELETE"]) {
                const { status } = await fetch(url, {
                    method,
                    headers,
                    ...(method === "POST" ? { body: '{"type":"message"}' } : {}),
                });
                assert.equal(status, 403, method);
            }
        }
        await ada.settle();
        assert.deepEqual(ada.messages, []);
    });

    it("change an order by a webhook that the payment provider did not sign", async () => {
        const body = JSON.stringify({ customer: "ada", orderId: "forged", status: "paid" });
        const sign = (algorithm: string, secret: string, text: string): string =>
            createHmac(algorithm, secret).update(text).digest("hex");
        const secret = cloud.webhookSecret;
        const signatures: readonly (string | undefined)[] = [
            undefined,
            "",
            "sha256=",
            `sha256=${sign("sha256", "", body)}`,
            `sha256=${sign("sha256", "another", body)}`,
            `sha256=${sign("sha256", secret, `${body} `)}`,
            `sha1=${sign("sha1", secret, body)}`,
            sign("sha256", secret, body),
            `sha256=${sign("sha256", secret, body)}00`,
            `sha256=${sign("sha256", secret, body).replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}`,
        ];
        for (const signature of signatures) {
            const headers = {
                "content-type": "application/json",
                ...(signature === undefined ? {} : { "x-hub-signature-256": signature }),
            };
            assert.equal(
                (await fetch(cloud.orders.webhookUrl, { method: "POST", body, headers })).status,
                401,
                signature,
            );
        }
        const { Items = [] } = await cloud.dynamodb.send(new ScanCommand({ TableName: cloud.orders.ordersTableName }));
        assert.ok(!Items.some((item) => item["orderId"]?.S === "forged"));
    });
});
