import { spawn } from "node:child_process";
import type { Engine } from "./monitor";
import { MonitorServer } from "./monitor";
import type { Project } from "./project";

/** A program that ended with an error. The message is what the program itself reported. */
export class ProgramError extends Error {
    override readonly name = "ProgramError";
}

/**
 * Runs a Pulumi program as `pulumi up` does, through the SDK's own `cmd/run`, with `engine` in the engine's place.
 *
 * @throws ProgramError when the program fails, with everything it reported.
 */
export async function runProgram(project: Project, engine: Engine, signal?: AbortSignal): Promise<void> {
    const errors: string[] = [];
    const server = await MonitorServer.start(collectErrors(engine, errors), project.directory);
    try {
        const { code, stderr } = await run(project, server.address, signal);
        if (code !== 0) {
            const reported = errors.length > 0 ? errors : [stderr.trim() || `it ended with exit code ${String(code)}`];
            throw new ProgramError([...new Set(reported)].join("\n"));
        }
    } finally {
        server.close();
    }
}

function collectErrors(engine: Engine, errors: string[]): Engine {
    return {
        register: (request) => engine.register(request),
        registerOutputs: (urn, outputs) => {
            engine.registerOutputs(urn, outputs);
        },
        read: (type, name, id, inputs) => engine.read(type, name, id, inputs),
        invoke: (token, args) => engine.invoke(token, args),
        log: (severity, message) => {
            if (severity === "error") {
                errors.push(message);
            }
            engine.log(severity, message);
        },
    };
}

function run(project: Project, address: string, signal?: AbortSignal): Promise<{ code: number | null; stderr: string }> {
    const args = [
        require.resolve("@pulumi/pulumi/cmd/run"),
        "--organization", "organization",
        "--project", project.name,
        "--stack", project.stack,
        "--pwd", project.directory,
        "--root-directory", project.directory,
        "--parallel", "64",
        "--monitor", address,
        "--engine", address,
        ".",
    ];
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, args, {
            cwd: project.directory,
            stdio: ["ignore", "inherit", "pipe"],
            env: {
                ...process.env,
                NODE_OPTIONS: "",
                PULUMI_NODEJS_TYPESCRIPT: "true",
                // The laptop's loop is edit and look; type errors are the editor's and `npm run typecheck`'s to find.
                PULUMI_NODEJS_TRANSPILE_ONLY: "true",
                PULUMI_CONFIG: JSON.stringify(project.config),
            },
            ...(signal === undefined ? {} : { signal }),
        });
        let stderr = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
        });
        child.once("error", reject);
        child.once("close", (code) => {
            resolve({ code, stderr });
        });
    });
}
