import { strict as assert } from "node:assert";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";
import type { CloudOutputs } from "../../../local/cloud/outputs";
import { LocalCloud } from "../../../local/cloud/local-cloud";

/** A DynamoDB of somebody else's, over HTTP, which outlives the local cloud. */
describe("LocalCloud on another DynamoDB", () => {
    let server: Server;
    let endpoint: string;
    before(async () => {
        server = dynalite({ createTableMs: 0, deleteTableMs: 0 }).listen(0, "127.0.0.1");
        await once(server, "listening");
        endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after((done) => {
        server.closeAllConnections();
        server.close(done);
    });

    const start = (stack: string): Promise<LocalCloud> =>
        LocalCloud.start({
            root: path.join(__dirname, "../fixtures"),
            programs: { folders: ["remembered"], stack, secrets: ["text"] },
            port: 0,
            awsPort: 0,
            report: () => undefined,
            log: () => undefined,
            services: { dynamoDb: { endpoint } },
        });

    it("takes over the tables and items of the same stack's earlier start, with what is in them", async () => {
        const first = await start("local");
        await within(first.outputs, (documents) =>
            documents.send(new PutCommand({ TableName: "notes", Item: { id: "second", text: "kept" } })),
        );
        await first.close();

        const second = await start("local");
        try {
            const { Items = [] } = await within(second.outputs, (documents) =>
                documents.send(new ScanCommand({ TableName: "notes" })),
            );
            assert.deepEqual(
                new Map(Items.map(({ id, text }) => [id, text])),
                new Map<unknown, unknown>([
                    ["first", second.outputs.stacks["remembered"]?.["text"]],
                    ["second", "kept"],
                ]),
            );
        } finally {
            await second.close();
        }
    });

    it("refuses a table that another stack made, and says what to do", async () => {
        await assert.rejects(start("other"), {
            message:
                'remembered: aws:dynamodb/table:Table "table": there is a table notes already, which this resource did ' +
                "not make; give one of them another name, or delete the table: " +
                `aws dynamodb delete-table --endpoint-url ${endpoint} --table-name notes`,
        });
    });
});

async function within<T>(
    { local: { aws, region, credentials } }: CloudOutputs,
    work: (documents: DynamoDBDocumentClient) => Promise<T>,
): Promise<T> {
    const client = new DynamoDBClient({ endpoint: aws, region, credentials, maxAttempts: 1 });
    try {
        return await work(DynamoDBDocumentClient.from(client));
    } finally {
        client.destroy();
    }
}
