import { randomBytes } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { sleep } from "../runtime/backoff";
import type { History, MessageLog } from "./history";
import { Heads } from "./heads";
import { LogTable } from "./log-table";
import { TableHistory } from "./table-history";
import { TableMessageLog } from "./table-message-log";

/** The message log in a table, as functions use it. */
export function openMessageLog(
    documents: DynamoDBDocumentClient,
    tableName: string,
): { readonly messageLog: MessageLog; readonly history: History } {
    const clock = Date.now;
    const table = new LogTable(documents, tableName);
    const heads = new Heads(table, clock, newId);
    return {
        messageLog: new TableMessageLog({ table, heads, clock, newId, sleep, random: Math.random }),
        history: new TableHistory(table, heads, clock),
    };
}

/** Short, since one is in every frame; and 72 random bits, since two epochs of a channel must never have the same. */
function newId(): string {
    return randomBytes(9).toString("base64url");
}
