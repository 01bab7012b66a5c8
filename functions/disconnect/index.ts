import { createDocumentClient } from "../lib/dynamodb";
import { readEnvironment, text } from "../lib/environment";
import { openRegistry } from "../lib/registry";
import { createDisconnectHandler } from "./handler";

const { registryTable } = readEnvironment(process.env, { registryTable: text("REGISTRY_TABLE") });
const documents = createDocumentClient();

export const handler = createDisconnectHandler(openRegistry(documents, registryTable));
