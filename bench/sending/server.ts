import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";

/** How long every answer takes. */
const SERVICE_MS = 10;
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-amzn-requestid: 3f1e2d4c-0000-4000-8000-000000000000\r\n\r\n";

/**
 * Stands for `@connections`: takes POSTs over TLS and answers each after its service time. It reads no more of HTTP
 * than it must, so that on a machine with few cores it is not the server that is measured.
 */
function serve(): void {
    const [keyFile = "", certificateFile = ""] = process.argv.slice(2);
    const server = tls.createServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, (socket) => {
        let pending = "";
        socket.setNoDelay(true);
        socket.on("error", () => {
            socket.destroy();
        });
        socket.on("data", (data: Buffer) => {
            pending += data.toString("latin1");
            for (let end = endOfRequest(pending); end !== undefined; end = endOfRequest(pending)) {
                pending = pending.slice(end);
                setTimeout(() => {
                    socket.write(OK);
                }, SERVICE_MS);
            }
        });
    });
    server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
    process.on("disconnect", () => {
        process.exit();
    });
}

function endOfRequest(text: string): number | undefined {
    const head = text.indexOf("\r\n\r\n");
    if (head === -1) {
        return undefined;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? "0";
    const end = head + 4 + Number(length);
    return text.length >= end ? end : undefined;
}

serve();
