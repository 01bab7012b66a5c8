import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Waiting } from "../runtime/retry";
import type { History, MessageLog } from "./history";
import { Heads } from "./heads";
import { LogTable } from "./log-table";
import { TableHistory } from "./table-history";
import { TableMessageLog } from "./table-message-log";

export interface MessageLogEdges extends Waiting {
    readonly documents: DynamoDBDocumentClient;
    readonly clock: () => number;
    readonly newId: () => string;
}

/** The message log in a table, as functions use it. */
export function openMessageLog(
    tableName: string,
    { documents, clock, newId, sleep, random }: MessageLogEdges,
): { readonly messageLog: MessageLog; readonly history: History } {
    const table = new LogTable(documents, tableName);
    const heads = new Heads(table, clock, newId);
    return {
        messageLog: new TableMessageLog({ table, heads, clock, newId, sleep, random }),
        history: new TableHistory(table, heads, clock),
    };
}
