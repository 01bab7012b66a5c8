import { randomBytes } from "node:crypto";
import { sleep } from "../runtime/backoff";
import { createLog } from "../runtime/log";
import type { Edges } from "./edges";

/** The edges of every function: the machine's own time and chance, and its log. */
export const SYSTEM: Pick<Edges, "clock" | "sleep" | "random" | "newId" | "log"> = {
    clock: Date.now,
    sleep,
    random: Math.random,
    // Short, since one is in every frame; and 72 random bits, since two epochs of a channel must never have the same.
    newId: () => randomBytes(9).toString("base64url"),
    log: createLog(),
};
