import { once } from "node:events";
import WebSocket from "ws";

export interface ConnectOptions {
    readonly protocols?: readonly string[];
    readonly headers?: Readonly<Record<string, string>>;
    readonly perMessageDeflate?: boolean;
}

/** What a refused handshake was answered with. */
export interface Refusal {
    readonly status: number;
    readonly body: string;
}

export interface Closing {
    readonly code: number;
    readonly reason: string;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A WebSocket client that keeps what it receives. */
export class Client {
    /** The text messages not yet taken by `next`. */
    readonly #received: string[] = [];
    #wake = (): void => undefined;
    /** When, how and why the connection ended. */
    readonly closed: Promise<Closing>;

    private constructor(
        readonly socket: WebSocket,
        /** Of the answer to the handshake. */
        readonly responseHeaders: Headers,
    ) {
        this.closed = once(socket, "close").then(([code, reason]) => ({
            code: code as number,
            reason: (reason as Buffer).toString("utf8"),
        }));
        socket.on("message", (data: Buffer) => {
            this.#received.push(data.toString("utf8"));
            this.#wake();
        });
        socket.on("close", () => {
            this.#wake();
        });
        socket.on("error", () => undefined);
    }

    /** Connects, or rejects with what is wrong with the answer. */
    static async connect(url: string, options: ConnectOptions = {}): Promise<Client> {
        const socket = open(url, options);
        let headers: Headers = {};
        socket.once("upgrade", (response) => {
            ({ headers } = response);
        });
        let client: Client | undefined;
        await new Promise<void>((resolve, reject) => {
            // Made here, not after the promise: a message may come right behind the handshake.
            socket.once("open", () => {
                client = new Client(socket, headers);
                resolve();
            });
            socket.once("error", reject);
        });
        if (client === undefined) {
            throw new Error("the socket opened without a client");
        }
        return client;
    }

    /** The answer to a handshake that is expected to be refused. */
    static async refused(url: string, options: ConnectOptions = {}): Promise<Refusal> {
        const socket = open(url, options);
        return new Promise((resolve, reject) => {
            socket.once("open", () => {
                socket.terminate();
                reject(new Error("the handshake was accepted"));
            });
            socket.on("error", reject);
            socket.once("unexpected-response", (_, response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => {
                    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
                });
            });
        });
    }

    send(message: unknown): void {
        this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
    }

    /** The next text message; rejects when the connection ends before one comes. */
    async next(): Promise<string> {
        for (;;) {
            const [message] = this.#received.splice(0, 1);
            if (message !== undefined) {
                return message;
            }
            if (this.socket.readyState === WebSocket.CLOSED) {
                throw new Error("the connection ended");
            }
            await new Promise<void>((resolve) => {
                this.#wake = resolve;
            });
        }
    }

    async nextJson(): Promise<Readonly<Record<string, unknown>>> {
        return JSON.parse(await this.next()) as Readonly<Record<string, unknown>>;
    }

    async close(code?: number, reason?: string): Promise<void> {
        this.socket.close(code, reason);
        await this.closed;
    }
}

function open(url: string, options: ConnectOptions): WebSocket {
    return new WebSocket(url, [...(options.protocols ?? [])], {
        headers: { ...options.headers },
        perMessageDeflate: options.perMessageDeflate ?? false,
    });
}
