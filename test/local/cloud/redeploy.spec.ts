import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { TestCloud } from "../../support/shared-cloud";

const REPOSITORY = path.join(__dirname, "../../..");

/** All that the two programs are made of. */
const SOURCES = [
    ...["client", "components", "config", "contract", "examples", "functions", "index.ts"],
    ...["package.json", "tsconfig.json", "Pulumi.yaml", "Pulumi.local.yaml"],
];

/** Both real stacks, from a copy of their sources that the test edits as people do. */
describe("LocalCloud, deployed again and again", () => {
    let root: string;
    let cloud: TestCloud;
    before(async () => {
        root = mkdtempSync(path.join(tmpdir(), "push-gateway-"));
        for (const source of SOURCES) {
            const from = path.join(REPOSITORY, source);
            cpSync(from, path.join(root, source), { recursive: true, filter: (file) => !/\/node_modules$/.test(file) });
        }
        symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(root, "node_modules"));
        cloud = await TestCloud.start({ root });
    });
    after(async () => {
        await cloud.close();
        rmSync(root, { recursive: true });
    });

    /** Changes a file of the copy. Answers with a function that undoes the edit. */
    const edit = (file: string, change: (source: string) => string): (() => void) => {
        const name = path.join(root, file);
        const source = readFileSync(name, "utf8");
        const changed = change(source);
        assert.notEqual(changed, source);
        writeFileSync(name, changed);
        return () => {
            writeFileSync(name, source);
        };
    };

    it("serves open sockets on, and takes every edit and its undoing for what it is", async () => {
        const ada = await cloud.listen({ sub: "ada", channels: ["orders/@me"] });
        const receivesChangeOf = async (orderId: string): Promise<void> => {
            await DynamoDBDocumentClient.from(cloud.dynamodb).send(
                new PutCommand({
                    TableName: cloud.orders.ordersTableName,
                    Item: { customer: "ada", orderId, status: "paid" },
                }),
            );
            await ada.message(({ data }) => JSON.stringify(data).includes(`"${orderId}"`));
        };
        await receivesChangeOf("at-first");

        const repairFunction = edit("functions/connect/index.ts", (source) => `import "./nowhere";\n${source}`);
        await assert.rejects(cloud.deploy(), /nowhere/);
        assert.equal(cloud.platform.contractVersion, 1);
        await receivesChangeOf("while-a-function-is-broken");

        repairFunction();
        await cloud.deploy();
        await receivesChangeOf("once-repaired");

        const repairComponent = edit(
            "components/push-gateway.ts",
            (source) => `${source}\nthrow new Error("half typed");\n`,
        );
        await assert.rejects(cloud.deploy(), /half typed/);
        assert.equal(cloud.platform.contractVersion, 1);
        await receivesChangeOf("while-a-component-is-broken");

        repairComponent();
        const formerContract = edit("contract/outputs.ts", (source) =>
            source.replace("CONTRACT_VERSION = 1", "CONTRACT_VERSION = 2"),
        );
        await cloud.deploy();
        assert.equal(cloud.platform.contractVersion, 2);
        await receivesChangeOf("under-another-contract");

        formerContract();
        await cloud.deploy();
        assert.equal(cloud.platform.contractVersion, 1);
        await receivesChangeOf("under-the-former-one");
    }).timeout(1_200_000);
});
