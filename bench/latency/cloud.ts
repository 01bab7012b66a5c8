import * as path from "node:path";
import { LocalCloud } from "../../local/cloud/local-cloud";
import { PROGRAMS } from "../../local/push-gateway/push-gateway";

/** The local cloud in a process of its own, so that its work is not done in the clients' time. */
async function main(): Promise<void> {
    const cloud = await LocalCloud.start({
        root: path.resolve(__dirname, "..", ".."),
        programs: PROGRAMS,
        port: 0,
        awsPort: 0,
        report: () => undefined,
        log: () => undefined,
    });
    process.once("disconnect", () => {
        void cloud.close().then(() => process.exit());
    });
    process.send?.(cloud.outputs);
}

void main();
