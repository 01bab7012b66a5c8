import { parseArgs } from "node:util";
import { doEverythingOnce } from "./exercise/everything-once";
import { describePermission, logicalNames } from "./iam/describe";
import { permissionTable } from "./iam/table";

const USAGE = `Prints who may do what in both stacks, how often it was used, and whether anything is in excess.

  npm run iam

Runs the stacks on this machine and does everything once; takes about a minute.`;

/** Runs both stacks on this machine, does everything once, and prints what their policies allow and what was used. */
async function main(): Promise<void> {
    const { values } = parseArgs({ options: { help: { type: "boolean", default: false } } });
    if (values.help) {
        console.log(USAGE);
        return;
    }
    console.error("Doing everything once, on this machine …");
    const cloud = await doEverythingOnce();
    try {
        const names = logicalNames(cloud.graph);
        const rows = cloud.permissions().map((permission) => ({
            ...describePermission(permission, names),
            grantsNothing: permission.grantsNothing,
            used: permission.used,
            needed: permission.needed,
        }));
        const { text, excess } = permissionTable(rows);
        console.log(text);
        process.exitCode = excess > 0 ? 1 : 0;
    } finally {
        await cloud.close();
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
