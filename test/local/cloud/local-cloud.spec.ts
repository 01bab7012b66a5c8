import { strict as assert } from "node:assert";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { LocalCloud } from "../../../local/cloud/local-cloud";

const FIXTURES = path.join(__dirname, "../fixtures");

describe("LocalCloud", () => {
    describe("when it cannot start", () => {
        const failure = async (...folders: readonly string[]): Promise<string> => {
            const error = await LocalCloud.start({ ...options(), programs: { folders } }).then(
                async (cloud) => {
                    await cloud.close();
                    return new Error("it started");
                },
                (reason: unknown) => reason as Error,
            );
            return error.message;
        };

        it("says in one line what a program threw", async () => {
            assert.equal(await failure("throwing"), "throwing: Error: the program has a bug");
        });

        it("says so at once, without waiting for the other programs", async () => {
            assert.equal(await failure("endless", "throwing"), "throwing: Error: the program has a bug");
        });

        it("names a resource type that it does not serve, and lists those that it does", async () => {
            const message = await failure("unsupported");
            assert.match(
                message,
                /^unsupported: aws:sns\/topic:Topic "alerts" is of a type that the local cloud does not serve; it serves .*aws:sqs\/queue:Queue/,
            );
            assert.equal(message.split("\n").length, 1);
        });

        it("names the handler that does not bundle, and why", async () => {
            assert.match(await failure("unbundled"), /handler\.ts/);
        });

        it("names the value that is encrypted, since there is nothing to decrypt it with", async () => {
            assert.match(await failure("secrets"), /Pulumi\.local\.yaml encrypts `secrets:password`/);
        });

        it("names the file that is missing", async () => {
            assert.match(await failure("nowhere"), /nowhere\/Pulumi\.yaml cannot be read/);
        });

        it("names a port that is taken and the option that chooses another", async () => {
            const squatter = createServer().listen(0, "127.0.0.1");
            await new Promise((resolve) => squatter.once("listening", resolve));
            const { port } = squatter.address() as AddressInfo;
            try {
                for (const [taken, option] of [
                    [{ port }, "--port"],
                    [{ awsPort: port }, "--aws-port"],
                ] as const) {
                    await assert.rejects(LocalCloud.start({ ...options(), ...taken }), {
                        message: `port ${port} is in use: stop what listens there, or choose another with ${option} (0 picks a free one)`,
                    });
                }
            } finally {
                squatter.close();
            }
        });
    });
});

function options(): Parameters<typeof LocalCloud.start>[0] {
    return {
        root: FIXTURES,
        programs: { folders: [] },
        port: 0,
        awsPort: 0,
        report: () => undefined,
        log: () => undefined,
    };
}
