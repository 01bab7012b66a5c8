import { readFileSync } from "node:fs";
import * as path from "node:path";
import { createPage } from "./handler";

const { WEB_SOCKET_URL: webSocketUrl, TOKEN_URL: tokenUrl } = process.env;
if (webSocketUrl === undefined || webSocketUrl === "") {
    throw new Error("The environment variable WEB_SOCKET_URL is not set");
}
const page = readFileSync(path.join(__dirname, "page.html"), "utf8");

export const handler = createPage(page, { webSocketUrl, tokenUrl });
