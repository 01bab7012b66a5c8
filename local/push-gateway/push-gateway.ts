import type { Programs } from "../cloud/programs";

/** The programs of this repository that `npm start` runs, and what their configuration asks of the local cloud. */
export const PROGRAMS: Programs = {
    folders: [".", "examples/orders-service"],
    // The one that the example's payment webhook is signed with.
    secrets: ["webhookSecret"],
    audience: "push-gateway",
};

/** What they are made of: `--watch` deploys again when a file below one of these folders changes. */
export const SOURCES = ["components", "config", "contract", "functions", "examples"];

/** The first line of the usage text. */
export const SUMMARY = "Runs the platform stack and the example stack on this machine.";
