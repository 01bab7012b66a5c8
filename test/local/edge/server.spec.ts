import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { Credentials } from "../../../local/signing/credentials";
import { AwsError } from "../../../local/aws/aws-error";
import { jsonService } from "../../../local/edge/json-service";
import { EdgeServer } from "../../../local/edge/server";
import { SignatureVerifier } from "../../../local/signing/sigv4";

describe("EdgeServer", () => {
    const credentials = new Credentials(Date.now);
    const logged: string[] = [];
    let edge: EdgeServer;
    let url: string;

    before(async () => {
        edge = new EdgeServer({
            verifier: new SignatureVerifier(credentials, Date.now),
            log: (line) => {
                logged.push(line);
            },
        });
        edge.register(
            jsonService({
                name: "dynamodb",
                targetPrefix: "DynamoDB_20120810",
                version: "1.0",
                checksum: true,
                operations: {
                    ListTables: (_input, { principal }) => ({ TableNames: [principal.kind] }),
                    DescribeTable: () => {
                        throw new AwsError("ResourceNotFoundException", "no such table");
                    },
                    DeleteTable: () => {
                        throw new TypeError("a bug");
                    },
                },
            }),
        );
        url = await edge.listen(0);
    });

    after(() => edge.close());

    const client = (keys = credentials.administrator) =>
        new DynamoDBClient({
            endpoint: url,
            region: "us-east-1",
            maxAttempts: 1,
            credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
        });

    const post = (headers: Record<string, string>, body: string | Buffer = "{}") =>
        fetch(url, { method: "POST", headers, body });

    it("hands a signed request to its service, with the caller", async () => {
        const { TableNames, $metadata } = await client().send(new ListTablesCommand({}));
        assert.deepEqual(TableNames, ["administrator"]);
        assert.match(String($metadata.requestId), /^[0-9a-f-]{36}$/);
    });

    it("answers an unsigned request in its service's protocol, without the service", async () => {
        const response = await post({ "x-amz-target": "DynamoDB_20120810.ListTables" });
        assert.equal(response.status, 400);
        assert.equal(response.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
        assert.deepEqual(await response.json(), {
            __type: "MissingAuthenticationTokenException",
            message: "Request is missing Authentication Token",
        });
    });

    it("answers with the body's checksum where the service has one, errors too", async () => {
        const refused = await post({ "x-amz-target": "DynamoDB_20120810.ListTables" });
        assert.equal(refused.headers.get("x-amz-crc32"), String(crc32(await refused.text())));
        const unserved = await post({ "x-amz-target": "Kinesis_20131202.PutRecord" });
        assert.equal(unserved.headers.get("x-amz-crc32"), null);
    });

    it("answers a wrong secret with the error that SDKs know", async () => {
        const { accessKeyId } = credentials.administrator;
        await assert.rejects(client({ accessKeyId, secretAccessKey: "wrong" }).send(new ListTablesCommand({})), {
            name: "InvalidSignatureException",
        });
    });

    it("names what it has when asked for a service or an operation that it has not", async () => {
        const service = await post({ "x-amz-target": "Kinesis_20131202.PutRecord" });
        assert.deepEqual(
            [service.status, await service.json()],
            [
                400,
                {
                    __type: "UnknownOperationException",
                    message: "The local cloud does not have Kinesis_20131202.PutRecord. It has: dynamodb.",
                },
            ],
        );
        const { CreateBackupCommand } = await import("@aws-sdk/client-dynamodb");
        await assert.rejects(client().send(new CreateBackupCommand({ TableName: "table", BackupName: "backup" })), {
            name: "UnknownOperationException",
            message:
                "The local cloud's dynamodb does not have CreateBackup. It has: DeleteTable, DescribeTable, ListTables.",
        });
    });

    it("answers the Query protocol's callers in XML", async () => {
        const response = await post(
            { "content-type": "application/x-www-form-urlencoded" },
            "Action=CreateTopic&Version=2010-03-31",
        );
        assert.equal(response.status, 400);
        assert.match(await response.text(), /<Code>InvalidAction<\/Code>/);
    });

    it("tells people what it is, at / and /health", async () => {
        for (const path of ["/", "/health"]) {
            const response = await fetch(new URL(path, url));
            assert.deepEqual(await response.json(), {
                status: "ok",
                account: "000000000000",
                region: "us-east-1",
                services: ["dynamodb"],
            });
        }
    });

    it("answers a service's AwsError as it is, and keeps a bug's text to its own log", async () => {
        const { DescribeTableCommand, DeleteTableCommand } = await import("@aws-sdk/client-dynamodb");
        await assert.rejects(client().send(new DescribeTableCommand({ TableName: "table" })), {
            name: "ResourceNotFoundException",
            message: "no such table",
        });
        await assert.rejects(client().send(new DeleteTableCommand({ TableName: "table" })), (error: Error) => {
            assert.equal(error.name, "InternalFailure");
            assert.doesNotMatch(error.message, /a bug/);
            return true;
        });
        assert.match(logged.join("\n"), /TypeError: a bug/);
    });

    it("refuses a body over 16 MB with 413", async () => {
        const response = await post(
            { "x-amz-target": "DynamoDB_20120810.ListTables" },
            Buffer.alloc(16 * 1024 * 1024 + 1),
        );
        assert.equal(response.status, 413);
    });

    it("rejects a port that is taken with EADDRINUSE", async () => {
        const second = new EdgeServer({ verifier: new SignatureVerifier(credentials, Date.now), log: () => undefined });
        await assert.rejects(second.listen(Number(new URL(url).port)), { code: "EADDRINUSE" });
        await second.close();
    });

    it("closes at once, also while a request is waiting", async () => {
        const waiting = new EdgeServer({
            verifier: new SignatureVerifier(credentials, Date.now),
            log: () => undefined,
        });
        let entered: () => void = () => undefined;
        const called = new Promise<void>((resolve) => {
            entered = resolve;
        });
        waiting.register({
            name: "slow",
            matches: () => true,
            handle: () => {
                entered();
                return new Promise(() => undefined);
            },
            renderError: () => ({ status: 500, headers: {}, body: "" }),
        });
        const slowUrl = await waiting.listen(0);
        const slow = new DynamoDBClient({
            endpoint: slowUrl,
            region: "us-east-1",
            maxAttempts: 1,
            credentials: credentials.administrator as { accessKeyId: string; secretAccessKey: string },
        });
        const pending = assert.rejects(slow.send(new ListTablesCommand({})));
        await called;
        await waiting.close();
        await pending;
    });
});
