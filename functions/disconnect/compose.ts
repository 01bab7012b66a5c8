import type { Edges } from "../edges/edges";
import { openRegistry } from "../registry/registry";
import { createDisconnectHandler } from "./handler";
import type { DisconnectSettings } from "./settings";

export type DisconnectEdges = Pick<Edges, "documents" | "sleep" | "random">;

export function compose(
    { registryTable }: DisconnectSettings,
    edges: DisconnectEdges,
): ReturnType<typeof createDisconnectHandler> {
    return createDisconnectHandler(openRegistry(edges.documents, registryTable, edges));
}
