import * as assert from "node:assert/strict";
import type { ConnectionRegistryArgs } from "../../../components/tables/connection-registry";
import { ConnectionRegistry } from "../../../components/tables/connection-registry";
import type { Graph } from "../../support/graph";
import { recordGraph } from "../../support/graph";

function record(args: ConnectionRegistryArgs = {}): Promise<Graph> {
    return recordGraph(() => new ConnectionRegistry("registry", args));
}

describe("ConnectionRegistry", () => {
    it("is one table", async () => {
        assert.deepEqual((await record()).identities, [
            "aws:dynamodb/table:Table registry-connections < registry",
            "push-gateway:index:ConnectionRegistry registry < ",
        ]);
    });

    it("costs nothing when idle, expires rows by `expiresAt`, is encrypted and recoverable", async () => {
        const table = (await record()).one("aws:dynamodb/table:Table", "registry-connections");
        assert.deepEqual(table.inputs, {
            billingMode: "PAY_PER_REQUEST",
            hashKey: "pk",
            rangeKey: "sk",
            attributes: [
                { name: "pk", type: "S" },
                { name: "sk", type: "S" },
            ],
            ttl: { attributeName: "expiresAt", enabled: true },
            serverSideEncryption: { enabled: true },
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled: false,
        });
        assert.equal(table.protect, false);
    });

    it("when protected, can be deleted neither by DynamoDB nor by Pulumi", async () => {
        const table = (await record({ protect: true })).one("aws:dynamodb/table:Table", "registry-connections");
        assert.equal(table.inputs["deletionProtectionEnabled"], true);
        assert.equal(table.protect, true);
    });
});
