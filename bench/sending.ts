import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import type { BenchOptions, Measurement } from "./result";
import { round } from "./result";
import { createCertificate } from "./sending/certificate";
import type { Round, Way } from "./sending/client";
import { median } from "./statistics";

const NAMES: Readonly<Record<Way, string>> = {
    sender: "functions/transports/api-gateway/sender",
    bare: "bare unsigned POST, same HTTP client and connections",
    pool: "bare unsigned POST, the HTTP client's own pool",
    sdk: "@aws-sdk/client-apigatewaymanagementapi, default settings",
};
const MESSAGES = 5_000;

/** How fast, and with how much CPU, 5,000 connections are posted to over HTTPS. */
export async function measureSending({ quick, progress }: BenchOptions): Promise<Measurement> {
    const runs = quick ? 2 : 5;
    progress(`${runs} rounds of ${MESSAGES} posts, four ways each`);
    const rounds = await runRounds(runs);
    const of = (way: Way, figure: "perSecond" | "cpuMicroseconds"): number =>
        median(rounds.filter((one) => one.way === way).map((one) => one[figure]));
    const over = (way: Way, figure: "perSecond" | "cpuMicroseconds"): number => of("sender", figure) / of(way, figure);
    const ways: readonly Way[] = ["sender", "bare", "pool", "sdk"];
    return {
        name: "sending",
        title: `Sending to ${MESSAGES} connections over HTTPS, each answered after 10 ms`,
        columns: ["way", "posts/s", "CPU µs/post"],
        rows: ways.map((way) => [NAMES[way], Math.round(of(way, "perSecond")), round(of(way, "cpuMicroseconds"))]),
        targets: [
            { what: "throughput over bare posts", value: over("bare", "perSecond"), atLeast: 0.85 },
            { what: "throughput over the SDK", value: over("sdk", "perSecond"), atLeast: 6 },
            { what: "CPU over the SDK's", value: over("sdk", "cpuMicroseconds"), atMost: 0.2 },
        ],
        notes: [
            `median of ${runs} interleaved rounds after one to warm up; client and server in a process each, on loopback`,
            "simulated: the server. 256 posts in flight, but for the SDK, whose default is 50 sockets",
        ],
    };
}

async function runRounds(runs: number): Promise<readonly Round[]> {
    const certificate = await createCertificate();
    const server = start("server", [certificate.keyFile, certificate.certificateFile], {});
    try {
        const [port] = (await once(server, "message")) as [number];
        const args = [`https://127.0.0.1:${port}/v1`, String(MESSAGES), String(runs)];
        const client = start("client", args, { NODE_EXTRA_CA_CERTS: certificate.certificateFile });
        const rounds: Round[] = [];
        client.on("message", (one) => rounds.push(one as Round));
        const [code] = (await once(client, "exit")) as [number | null];
        if (code !== 0) {
            throw new Error("the client of the sending bench failed");
        }
        return rounds;
    } finally {
        server.disconnect();
        certificate.remove();
    }
}

function start(name: string, args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
    return fork(path.join(__dirname, "sending", `${name}.ts`), args, {
        execArgv: ["--expose-gc", "--import", "tsx"],
        env: { ...process.env, ...environment },
    });
}
