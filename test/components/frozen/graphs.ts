import { createRequire } from "node:module";
import { PushNamespace, TableChangeSource } from "../../../components";
import { recordGraph } from "../../support/graph";

/** With every option that creates something. */
const EVERYTHING = {
    "push-gateway:issuer": "https://login.example.com/",
    "push-gateway:audience": "push-gateway",
    "push-gateway:allowedOrigins": "[\"https://shop.example.com\"]",
    "push-gateway:network": "{\"create\":true}",
    "push-gateway:manageApiGatewayLogging": "true",
    "push-gateway:alarmActions": "[\"arn:aws:sns:us-east-1:123456789012:alarms\"]",
};

/** What must keep its identity, by what makes it: each resource as `type name < parent`. */
export async function identities(): Promise<Readonly<Record<string, readonly string[]>>> {
    return {
        "the platform stack": await identitiesOf(loadPlatform),
        "PushNamespace": await identitiesOf(() => new PushNamespace("orders", {
            gateway: { namespaceTableName: "namespaces" },
            namespace: "orders",
            subscribe: [{ channel: "orders/@me" }],
        })),
        "TableChangeSource": await identitiesOf(() => new TableChangeSource("changes", {
            gateway: { eventBusArn: "arn:aws:events:us-east-1:123456789012:event-bus/push" },
            namespace: "orders",
            streamArn: "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
            event: "OrderChanged",
            channels: ["orders/{id}"],
            alarmActions: ["arn:aws:sns:us-east-1:123456789012:alarms"],
        })),
    };
}

async function identitiesOf(program: () => unknown): Promise<readonly string[]> {
    return (await recordGraph(program, { config: EVERYTHING })).identities;
}

/** Runs the program anew, as `pulumi up` does. */
function loadPlatform(): void {
    const load = createRequire(__filename);
    const entry = load.resolve("../../../index.ts");
    Reflect.deleteProperty(load.cache, entry);
    load(entry);
}
