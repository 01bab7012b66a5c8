import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LambdaFunction } from "../../components/lambda";
import { PushGatewayReference, PushNamespace, TableChangeSource } from "../../components";
import { buildPage } from "./build-page";
import { createPublicUrl } from "./public-url";

/** The whole stack, as an async program: the platform is checked before anything is created. */
export = async () => {
    const config = new pulumi.Config();
    const tokenUrl = config.get("tokenUrl");
    const gateway = await new PushGatewayReference("platform", { stack: config.require("platformStack") }).checked();

    const table = new aws.dynamodb.Table("orders", {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "customer",
        rangeKey: "orderId",
        attributes: [
            { name: "customer", type: "S" },
            { name: "orderId", type: "S" },
        ],
        streamEnabled: true,
        streamViewType: "NEW_AND_OLD_IMAGES",
        serverSideEncryption: { enabled: true },
        pointInTimeRecovery: { enabled: true },
    });

    const webhook = new LambdaFunction("webhook", {
        entry: path.join(__dirname, "functions/webhook/index.ts"),
        description: "Takes the payment provider's calls and updates the orders table",
        environment: { ORDERS_TABLE: table.name, WEBHOOK_SECRET: config.requireSecret("webhookSecret") },
        allow: [{ actions: ["dynamodb:UpdateItem"], resources: [table.arn] }],
    });

    const namespace = new PushNamespace("orders", {
        gateway,
        namespace: "orders",
        subscribe: [
            // Customers: each of their own orders, or all of them at once.
            { channel: "orders/{sub}/*" },
            { channel: "orders/@me" },
            // Staff: everybody's.
            { channel: "orders/@all", claims: { role: "staff" } },
        ],
        // Customers who were away for a day, or missed a hundred changes, load their orders afresh.
        history: { ttlSeconds: 86_400, maxMessages: 100 },
    });

    new TableChangeSource("order-changes", {
        gateway,
        namespace: namespace.namespace,
        streamArn: table.streamArn,
        event: "OrderChanged",
        channels: ["orders/{customer}/{orderId}", "orders/@user/{customer}", "orders/@all"],
    });

    const page = new LambdaFunction("page", {
        entry: path.join(__dirname, "functions/page/index.ts"),
        files: { "page.html": buildPage() },
        description: "Serves the page on which customers see their orders change",
        environment: {
            WEB_SOCKET_URL: gateway.webSocketUrl,
            ...(tokenUrl === undefined ? {} : { TOKEN_URL: tokenUrl }),
        },
        memoryMegabytes: 256,
    });

    return {
        ordersTableName: table.name,
        webhookUrl: createPublicUrl("webhook", webhook),
        pageUrl: createPublicUrl("page", page),
    };
};
