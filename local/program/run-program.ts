import { spawn } from "node:child_process";
import type { Engine } from "./monitor";
import { MonitorServer } from "./monitor";
import type { Project } from "./project";

/** A program that ended with an error. The message says what is wrong; `details` is all that the program reported. */
export class ProgramError extends Error {
    override readonly name = "ProgramError";

    constructor(
        message: string,
        readonly details: string,
    ) {
        super(message);
    }
}

/**
 * Runs a Pulumi program as `pulumi up` does, through the SDK's own `cmd/run`, with `engine` in the engine's place.
 *
 * @throws ProgramError when the program fails.
 */
export async function runProgram(project: Project, engine: Engine, signal?: AbortSignal): Promise<void> {
    const failures: Failures = { refused: [], reported: [], doom: new AbortController() };
    const server = await MonitorServer.start(recordFailures(engine, failures), project.directory);
    try {
        const { code, stderr } = await run(project, server.address, failures.doom.signal, signal);
        if (code !== 0) {
            const details = [...failures.reported, stderr.trim(), `exit code ${String(code)}`].filter(
                (text) => text !== "",
            );
            // A refused resource fails everything that depends on it: the first refusal is the one to read.
            throw new ProgramError(
                `${project.name}: ${failures.refused[0] ?? headline(details[0] ?? "")}`,
                details.join("\n"),
            );
        }
    } finally {
        // However the program ended, what it asked for is done or refused by now: nothing of it can still change what a
        // later deployment finds.
        await server.close();
    }
}

interface Failures {
    /** What the engine answered to registrations that it could not serve. */
    readonly refused: string[];
    /** What the program logged as errors. */
    readonly reported: string[];
    /**
     * Aborts with the first refusal, which the program cannot survive. It is not left to print the SDK's error:
     * inspecting one in colors, Node.js 20 goes round in circles at a frame right below a scope of `node_modules`, such
     * as the SDK's, until gigabytes are full a minute later.
     */
    readonly doom: AbortController;
}

/** The message of an error as the SDK logs it, without the preamble and the stack trace around it. */
function headline(report: string): string {
    const [, message = report] = /failed with an unhandled exception:\n(?:<ref \*\d+> )?([^]*)/.exec(report) ?? [];
    return message.split(/\n {4}at /)[0]?.trim() ?? message;
}

function recordFailures(engine: Engine, failures: Failures): Engine {
    return {
        register: async (request) => {
            try {
                return await engine.register(request);
            } catch (error) {
                failures.refused.push(error instanceof Error ? error.message : String(error));
                failures.doom.abort();
                throw error;
            }
        },
        registerOutputs: (urn, outputs) => {
            engine.registerOutputs(urn, outputs);
        },
        read: (request) => engine.read(request),
        invoke: (token, args) => engine.invoke(token, args),
        log: (severity, message) => {
            if (severity === "error") {
                failures.reported.push(message);
            }
            engine.log(severity, message);
        },
    };
}

function run(
    project: Project,
    address: string,
    doom: AbortSignal,
    signal?: AbortSignal,
): Promise<{ code: number | null; stderr: string }> {
    const args = [
        require.resolve("@pulumi/pulumi/cmd/run"),
        "--organization",
        "organization",
        "--project",
        project.name,
        "--stack",
        project.stack,
        "--pwd",
        project.directory,
        "--root-directory",
        project.directory,
        "--parallel",
        "64",
        "--monitor",
        address,
        "--engine",
        address,
        ".",
    ];
    return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
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
        });
        const kill = (): void => {
            child.kill("SIGKILL");
        };
        signal?.addEventListener("abort", kill, { once: true });
        doom.addEventListener("abort", kill, { once: true });
        let stderr = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
        });
        child.once("error", reject);
        // Also after an abort, so that the process is gone when the caller hears of it.
        child.once("close", (code) => {
            signal?.removeEventListener("abort", kill);
            if (signal?.aborted === true) {
                reject(new DOMException("The program was ended.", "AbortError"));
            } else {
                resolve({ code, stderr });
            }
        });
    });
}
