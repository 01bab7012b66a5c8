import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as path from "node:path";
import { platformOutputs } from "../policy/support/our-stacks";
import { FreshCheckout } from "./support/fresh-checkout";
import { PluginHost } from "./support/plugin-host";

/**
 * The package as `pulumi package add` makes it for a program in another language: a checkout in which only the
 * dependencies of `components/package.json` are installed. That npm really installs them is not shown here.
 */
describe("the components in a checkout of their own", () => {
    let checkout: FreshCheckout;
    let plugin: PluginHost;
    before(async () => {
        checkout = FreshCheckout.create("components");
        const directory = path.join(checkout.directory, "components");
        plugin = await PluginHost.start(directory, path.join(directory, "node_modules"), [
            // So that a package is looked for where its link is, and not where the link leads: among all others.
            "--preserve-symlinks",
            "--preserve-symlinks-main",
        ]);
    });
    beforeEach(() => {
        plugin.forget();
    });
    after(async () => {
        await plugin.close();
        checkout.remove();
    });

    it("have the schema of the package", async () => {
        assert.equal(existsSync(path.join(checkout.directory, "node_modules")), false);
        const { resources } = (await plugin.schema()) as { readonly resources: object };
        assert.equal("push-gateway:index:PushNamespace" in resources, true);
    });

    it("read the platform's stack, and hand on what it exports", async () => {
        const stack = "organization/push-gateway/dev";
        const response = await plugin.construct("PushGatewayReference", "platform", { stack });

        assert.deepEqual(response.getState()?.toJavaScript(), await platformOutputs());
    });

    it("register a namespace", async () => {
        const response = await plugin.construct("PushNamespace", "orders", {
            gateway: { namespaceTableName: "namespaces" },
            namespace: "orders",
            subscribe: [{ channel: "orders/{sub}/*" }],
        });

        assert.deepEqual(response.getState()?.toJavaScript(), { namespace: "orders" });
        assert.deepEqual(
            plugin.registered.map(({ type }) => type),
            ["push-gateway:index:PushNamespace", "aws:dynamodb/tableItem:TableItem"],
        );
    });

    it("publish the changes of a table", async () => {
        await plugin.construct("TableChangeSource", "changes", {
            gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
            namespace: "orders",
            streamArn: "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
            event: "OrderChanged",
            channels: ["orders/{customer}"],
        });

        assert.equal(
            plugin.registered.some(({ type }) => type === "aws:pipes/pipe:Pipe"),
            true,
        );
    });

    it("make a whole gateway, with the functions bundled from the packages of the checkout", async () => {
        const response = await plugin.construct("PushGateway", "push", {
            issuer: "https://login.example.com/",
            audience: ["push-gateway"],
            allowedOrigins: ["https://shop.example.com"],
        });

        assert.equal(response.getState()?.toJavaScript()["contractVersion"], 1);
        const functions = plugin.registered.filter(({ type }) => type === "aws:lambda/function:Function");
        assert.equal(functions.length > 5, true);
        for (const { name, inputs } of functions) {
            const code = inputs["code"] as ReadonlyMap<string, Uint8Array>;
            assert.equal((code.get("index.js")?.length ?? 0) > 1_000, true, name);
        }
    });
});
