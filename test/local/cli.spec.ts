import { strict as assert } from "node:assert";
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

const ROOT = path.resolve(__dirname, "../..");

/** The command as people run it, in a process of its own. */
describe("npm start", () => {
    const running = new Set<ChildProcess>();
    afterEach(() => {
        for (const child of running) {
            child.kill("SIGKILL");
        }
        running.clear();
    });

    const start = (...args: readonly string[]): Command => {
        const child = spawn(process.execPath, ["--import", "tsx", "local/cli.ts", ...args], {
            cwd: ROOT,
            stdio: ["ignore", "pipe", "pipe"],
        });
        running.add(child);
        return new Command(child);
    };

    it("prints one ready block, writes the outputs for their owner alone, and ends on SIGTERM", async () => {
        const command = start("--port", "0", "--aws-port", "0");

        await command.prints("Stop with Ctrl-C.");

        const file = path.join(ROOT, ".local/outputs.json");
        const outputs = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, unknown>>;
        assert.deepEqual(Object.keys(outputs).sort(), ["local", "orders-service", "push-gateway"]);
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.equal(command.output.split("PushGateway is running").length, 2);
        for (const told of [
            outputs["orders-service"]?.["pageUrl"],
            outputs["push-gateway"]?.["webSocketUrl"],
            outputs["local"]?.["aws"],
        ]) {
            assert.equal(command.output.includes(String(told)), true, `the ready block does not tell ${String(told)}`);
        }

        // boto3 and version 1 of the CLI know the Region by this name alone.
        assert.match(command.output, /^ {2}export .*AWS_REGION=(\S+) AWS_DEFAULT_REGION=\1 /m);

        await command.prints("policies: ");
        assert.match(command.output, /^policies: \d+ rules hold on \d+ resources$/m);

        command.child.kill("SIGTERM");

        assert.equal(await command.exitCode(), 0);
    });

    it("leaves no server behind when npm alone is told to end", async () => {
        const child = spawn("npm", ["start", "--silent", "--", "--port", "0", "--aws-port", "0"], {
            cwd: ROOT,
            stdio: ["ignore", "pipe", "pipe"],
            // Of its own, so that what is left of it can be found and ended.
            detached: true,
        });
        running.add(child);
        const command = new Command(child);
        await command.prints("Stop with Ctrl-C.");
        const [, url = ""] = /AWS_ENDPOINT_URL=(\S+)/.exec(command.output) ?? [];
        assert.equal((await fetch(`${url}/health`)).status, 200);

        child.kill("SIGTERM");
        // The server holds the other end of these pipes for as long as it lives.
        await command.exitCode();

        await assert.rejects(fetch(`${url}/health`));
    });

    it("ends with code 0 when it is told to while the programs run, and takes them along", async () => {
        const command = start("--port", "0", "--aws-port", "0");
        const programs = await command.starts((line) => line.includes("cmd/run"));

        command.child.kill("SIGINT");

        assert.equal(await command.exitCode(), 0);
        assert.deepEqual(programs.filter(isAlive), []);
    });

    it("ends with code 1 and one line for an option it does not take", async () => {
        const command = start("--port", "http");

        assert.equal(await command.exitCode(), 1);
        assert.equal(command.errors.trim(), 'npm start: --port takes a number from 0 to 65535, not "http"');
    });

    it("explains its options", async () => {
        const command = start("--help");

        assert.equal(await command.exitCode(), 0);
        assert.match(command.output, /--aws-port N/);
    });
});

class Command {
    output = "";
    errors = "";
    private readonly closed: Promise<unknown[]>;

    constructor(readonly child: ChildProcess) {
        this.closed = once(child, "close");
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            this.output += text;
        });
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
            this.errors += text;
        });
    }

    /** Waits for the text, or for the process to end without it. */
    async prints(text: string): Promise<void> {
        while (!this.output.includes(text)) {
            if (this.child.stdout === null || this.child.exitCode !== null) {
                throw new Error(`it ended before it printed "${text}": ${this.output}${this.errors}`);
            }
            await Promise.race([once(this.child.stdout, "data"), this.closed]);
        }
    }

    /** Waits for child processes whose command line matches, and returns their ids. */
    async starts(matches: (commandLine: string) => boolean): Promise<number[]> {
        for (;;) {
            const found = childrenOf(this.child.pid).filter(({ commandLine }) => matches(commandLine));
            if (found.length > 0 || this.child.exitCode !== null) {
                return found.map(({ pid }) => pid);
            }
            await setTimeout(20);
        }
    }

    async exitCode(): Promise<unknown> {
        const [code] = await this.closed;
        return code;
    }
}

function childrenOf(parent: number | undefined): { pid: number; commandLine: string }[] {
    const table = execFileSync("ps", ["-eo", "ppid=,pid=,args="], { encoding: "utf8" });
    const rows = table.split("\n").map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line));
    return rows.flatMap((row) =>
        row?.[1] === String(parent) ? [{ pid: Number(row[2]), commandLine: row[3] ?? "" }] : [],
    );
}

function isAlive(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch {
        return false;
    }
}
