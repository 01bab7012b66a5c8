import { createPage } from "./handler";
import template from "./page.html";

const { WEB_SOCKET_URL: webSocketUrl, TOKEN_URL: tokenUrl } = process.env;
if (webSocketUrl === undefined || webSocketUrl === "") {
    throw new Error("The environment variable WEB_SOCKET_URL is not set");
}

export const handler = createPage(template, { webSocketUrl, tokenUrl });
