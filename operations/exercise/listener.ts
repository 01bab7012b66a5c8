import { once } from "node:events";
import WebSocket from "ws";

export type Frame = Readonly<Record<string, unknown>>;

export interface ListenerOptions {
    readonly token?: string;
    /** Where the token travels. Default: the `Authorization` header. */
    readonly tokenIn?: "header" | "subprotocol" | "query";
    /** The `channels` query parameter. */
    readonly channels?: readonly string[];
    readonly origin?: string;
}

/** Thrown by {@link Listener.open} when the handshake is refused. */
export class HandshakeRefused extends Error {
    constructor(readonly status: number) {
        super(`the handshake was answered with ${status}`);
    }
}

/** A plain WebSocket client that keeps every frame it received, in order. */
export class Listener {
    readonly frames: Frame[] = [];
    private readonly waiting = new Set<() => void>();

    private constructor(readonly socket: WebSocket) {
        socket.on("message", (data: Buffer) => {
            this.frames.push(JSON.parse(data.toString("utf8")) as Frame);
            this.wake();
        });
        socket.on("close", () => {
            this.wake();
        });
    }

    /** @throws HandshakeRefused with the HTTP status. */
    static async open(url: string, options: ListenerOptions = {}): Promise<Listener> {
        const socket = new WebSocket(address(url, options), protocols(options), {
            headers:
                options.token !== undefined && (options.tokenIn ?? "header") === "header"
                    ? { Authorization: `Bearer ${options.token}` }
                    : {},
            ...(options.origin === undefined ? {} : { origin: options.origin }),
        });
        const listener = new Listener(socket);
        await new Promise<void>((resolve, reject) => {
            socket.once("open", resolve);
            socket.once("error", reject);
            socket.once("unexpected-response", (request, response) => {
                request.destroy();
                reject(new HandshakeRefused(response.statusCode ?? 0));
            });
        });
        return listener;
    }

    get messages(): readonly Frame[] {
        return this.frames.filter((frame) => frame["type"] === "message");
    }

    send(frame: unknown): void {
        this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
    }

    /** Sends a frame and returns the answer that carries its id. */
    async ask(frame: Frame): Promise<Frame> {
        this.send(frame);
        return this.find((answer) => answer["id"] === frame["id"] && answer["type"] !== "message");
    }

    /** The first frame, past or future, that matches. Mocha's timeout bounds the wait. */
    async find(matches: (frame: Frame) => boolean): Promise<Frame> {
        for (;;) {
            const found = this.frames.find(matches);
            if (found !== undefined) {
                return found;
            }
            if (this.socket.readyState === WebSocket.CLOSED) {
                throw new Error(`the socket closed before the frame came; received ${JSON.stringify(this.frames)}`);
            }
            await new Promise<void>((resolve) => this.waiting.add(resolve));
        }
    }

    async message(matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
        return this.find((frame) => frame["type"] === "message" && matches(frame));
    }

    /**
     * Waits until the gateway has answered a ping. Whatever it had written to the socket before has then been received.
     */
    async settle(): Promise<void> {
        const pongs = (): number => this.frames.filter((frame) => frame["type"] === "pong").length;
        const before = pongs();
        this.send({ action: "ping" });
        await this.find(() => pongs() > before);
    }

    async close(code = 1000): Promise<void> {
        if (this.socket.readyState !== WebSocket.CLOSED) {
            const closed = once(this.socket, "close");
            this.socket.close(code);
            await closed;
        }
    }

    /** Waits for the server to close, and returns the close code. */
    async closed(): Promise<number> {
        const [code] = (await once(this.socket, "close")) as [number];
        return code;
    }

    private wake(): void {
        const resolvers = [...this.waiting];
        this.waiting.clear();
        for (const resolve of resolvers) {
            resolve();
        }
    }
}

function address(url: string, options: ListenerOptions): string {
    const target = new URL(url);
    if (options.channels !== undefined) {
        target.searchParams.set("channels", options.channels.join(","));
    }
    if (options.token !== undefined && options.tokenIn === "query") {
        target.searchParams.set("access_token", options.token);
    }
    return target.href;
}

function protocols(options: ListenerOptions): string[] {
    return options.token !== undefined && options.tokenIn === "subprotocol"
        ? ["push.v1", `bearer.${options.token}`]
        : [];
}
