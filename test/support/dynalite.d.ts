/** Dynalite as a server, which tests put in the place of another DynamoDB. */
declare module "dynalite" {
    import type { Server } from "node:http";

    function dynalite(options: { readonly createTableMs?: number; readonly deleteTableMs?: number }): Server;
    export = dynalite;
}
