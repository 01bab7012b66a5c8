import { sleep } from "../lib/backoff";
import { BatchWriter } from "../lib/batch-write";
import { createDocumentClient } from "../lib/dynamodb";
import { readEnvironment, text } from "../lib/environment";
import { ConnectionRegistry } from "../lib/registry";
import { createDisconnectHandler } from "./handler";

const { registryTable } = readEnvironment(process.env, { registryTable: text("REGISTRY_TABLE") });
const documents = createDocumentClient();
const batches = new BatchWriter(documents, registryTable, sleep, Math.random);

export const handler = createDisconnectHandler(new ConnectionRegistry(documents, registryTable, batches));
