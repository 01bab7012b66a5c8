import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import type { Browser, Locator, Page, WebSocketRoute } from "playwright-core";
import { chromium } from "playwright-core";
import type { TestCloud } from "../support/shared-cloud";
import { sharedCloud } from "../support/shared-cloud";

/** The example's page in a real browser: what a newcomer sees after `npm start`. */
describe("The example's page", () => {
    let cloud: TestCloud;
    let browser: Browser;
    let page: Page;
    before(async () => {
        cloud = await sharedCloud();
        browser = await chromium.launch({
            // Mocha's timeout bounds this and all other waits.
            timeout: 0,
            executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
            // Containers have no user namespaces to sandbox in; the browser sees local pages only.
            args: [
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        });
    });
    after(() => browser.close());
    beforeEach(async () => {
        page = await browser.newPage();
        page.setDefaultTimeout(0);
        await page.goto(cloud.orders.pageUrl);
    });
    afterEach(() => page.close());

    const signIn = async (customer: string): Promise<void> => {
        await page.getByLabel("Customer").fill(customer);
        await page.getByRole("button", { name: "Connect" }).click();
        await page.getByRole("status").getByText(`Live as ${customer}`).waitFor();
    };

    it("shows a customer's order as the payment webhook changes it", async () => {
        await signIn("grace");

        await pay(cloud, { customer: "grace", orderId: "77", status: "placed" });
        await order(page, "77").getByText("placed").waitFor();
        await pay(cloud, { customer: "grace", orderId: "77", status: "paid" });

        await order(page, "77").getByText("paid").waitFor();
        assert.equal(await page.getByRole("listitem").count(), 1);
    });

    it("shows what changed while the connection was lost", async () => {
        let isAway = false;
        let current: WebSocketRoute | undefined;
        await page.routeWebSocket(/./, (socket) => {
            current = socket;
            if (isAway) {
                void socket.close();
            } else {
                socket.connectToServer();
            }
        });
        await page.reload();
        await signIn("grace");

        isAway = true;
        await current?.close();
        await page.getByRole("status").getByText("Connection lost").waitFor();
        await pay(cloud, { customer: "grace", orderId: "76", status: "paid" });
        isAway = false;

        await order(page, "76").getByText("paid").waitFor();
    });

    it("is readable at the width of a phone, whatever an order is called", async () => {
        await signIn("grace");
        const orderId = "2026-11-27-the-long-one-that-a-warehouse-made-up";
        for (const width of [320, 390, 1_100]) {
            await page.setViewportSize({ width, height: 700 });
            await pay(cloud, { customer: "grace", orderId, status: `seen at ${width}` });
            const row = order(page, orderId);
            await row.getByText(`seen at ${width}`).waitFor();

            const scrolled = await page.evaluate("document.documentElement.scrollWidth");
            assert.ok(Number(scrolled) <= width, `${String(scrolled)} pixels wide at ${width}`);
            const name = await row.locator(".order").boundingBox();
            assert.ok(name !== null && name.width > 200, `a name ${name?.width ?? 0} pixels wide at ${width}`);
            assert.ok(name.height < 100, `a name ${name.height} pixels high at ${width}`);
        }
    });

    it("keeps to an order's last change, whichever comes last", async () => {
        await signIn("grace");
        const paid = { customer: "grace", orderId: "79", status: "paid" };
        const placed = { ...paid, status: "placed" };

        await change(cloud, "100", { old: placed, new: paid });
        await order(page, "79").getByText("paid").waitFor();
        await change(cloud, "99", { old: null, new: placed });
        await change(cloud, "98", { old: null, new: { ...paid, orderId: "80" } });

        await order(page, "80").waitFor();
        assert.match(await order(page, "79").innerText(), /paid/);
        await change(cloud, "101", { old: paid, new: { ...paid, status: "shipped" } });
        await order(page, "79").getByText("shipped").waitFor();
    });

    it("does not bring back a deleted order by an older change, only by a later one", async () => {
        await signIn("grace");
        const paid = { customer: "grace", orderId: "81", status: "paid" };

        await change(cloud, "11", { old: paid, new: null });
        await order(page, "81").getByText("deleted").waitFor();
        await change(cloud, "9", { old: null, new: paid });
        await change(cloud, "1", { old: null, new: { ...paid, orderId: "82" } });

        await order(page, "82").waitFor();
        assert.match(await order(page, "81").innerText(), /deleted/);
        await change(cloud, "12", { old: null, new: { ...paid, status: "placed anew" } });
        await order(page, "81").getByText("placed anew").waitFor();
    });

    it("shows nothing of another customer's orders", async () => {
        await signIn("grace");

        await pay(cloud, { customer: "linus", orderId: "1", status: "paid" });
        await pay(cloud, { customer: "grace", orderId: "78", status: "paid" });

        await order(page, "78").waitFor();
        assert.equal(await page.getByRole("listitem").count(), 1);
    });

    it("asks for a name before it connects", async () => {
        await page.getByRole("button", { name: "Connect" }).click();

        assert.match(await page.getByRole("alert").innerText(), /name/);
    });

    it("runs under a content security policy that no script of the page violates", async () => {
        const problems: string[] = [];
        page.on("console", (message) => {
            if (message.type() === "error") {
                problems.push(message.text());
            }
        });
        page.on("pageerror", (error) => {
            problems.push(error.message);
        });
        const response = await page.reload();
        await signIn("grace");

        assert.match(response?.headers()["content-security-policy"] ?? "", /default-src 'none'/);
        assert.deepEqual(problems, []);
    });
});

function order(page: Page, id: string): Locator {
    return page.getByRole("listitem").filter({ hasText: `Order ${id}` });
}

/** A change of grace's orders as the table's source publishes it, with its number in the stream. */
async function change(cloud: TestCloud, sequence: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    await cloud.notify({ namespace: "orders", event: "OrderChanged", channel: "orders/@user/grace", data, sequence });
}

async function pay(cloud: TestCloud, order: Readonly<Record<string, unknown>>): Promise<void> {
    const body = JSON.stringify(order);
    const signature = createHmac("sha256", cloud.webhookSecret).update(body).digest("hex");
    const response = await fetch(cloud.orders.webhookUrl, {
        method: "POST",
        body,
        headers: { "x-hub-signature-256": `sha256=${signature}` },
    });
    assert.equal(response.status, 200, await response.text());
}
