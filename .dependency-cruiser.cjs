// The layers of the repository, and that nothing imports in a circle, types included. `npm run lint` checks them.
// test/layers.spec.ts plants a line against each rule and sees it refused.

/** Everything that is ours. */
const OURS =
    "^(bench|client|components|config|contract|examples|functions|iam|index[.]ts|local|operations|policy|simulation|test)";

/** What speaks to a table or a queue of AWS and is not named after it. */
const ADAPTERS = [
    "deliveries/dead-letters",
    "fan-out/direct-allowance",
    "message-log/open-message-log",
    "namespaces/namespaces",
    "registry/(audience|batch-write|registry)",
].join("|");

/** A rule of our own files: those in `from` import nothing that `to` describes. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
    forbidden: [
        forbid("no-circles", "Files that need each other are one concept, or hide a third.", {}, { circular: true }),
        forbid(
            "contract-imports-nothing",
            "Both sides read contract/, whatever they are built with.",
            { path: "^contract/" },
            { pathNot: "^contract/" },
        ),
        forbid(
            "client-imports-nothing-of-ours",
            "People install client/ alone.",
            { path: "^client/" },
            { path: OURS, pathNot: "^client/" },
        ),
        forbid(
            "product-imports-no-test",
            "What runs must not depend on what only tests.",
            { pathNot: "^test/" },
            { path: "^test/" },
        ),
        forbid(
            "logic-imports-no-sdk",
            "Logic takes what it talks to as an argument. What speaks to AWS is named after it: x-table.ts, x-queue.ts, a transport.",
            {
                path: "^functions/",
                pathNot: `^functions/(edges/|runtime/|transports/|[a-z]+/index[.]ts$|[a-z-]+/[a-z-]+-(table|queue)[.]ts$|(${ADAPTERS})[.]ts$)`,
            },
            { path: "node_modules/(@aws-sdk|@smithy|undici)" },
        ),
        forbid(
            "functions-import-contract-alone",
            "Functions are bundled for Lambda: components and the laptop are no business of theirs.",
            { path: "^functions/" },
            { path: OURS, pathNot: "^(functions|contract)/" },
        ),
        forbid(
            "logic-knows-no-transport",
            "API Gateway is the first transport, not the last: only what is named after it, and each function's index.ts, knows it.",
            {
                path: "^functions/(publishing|fan-out|replay|deliveries|posting|message-log|registry|namespaces|tokens|wire|runtime)/",
            },
            { path: "^functions/transports/api-gateway/" },
        ),
        forbid(
            "local-cloud-is-an-oracle",
            "The local cloud judges our functions: it shares none of their code.",
            { path: "^local/" },
            { path: "^(functions|components|client)/" },
        ),
        forbid(
            "iam-imports-contract-alone",
            "Policies and the local cloud share iam/.",
            { path: "^iam/" },
            { path: OURS, pathNot: "^(iam|contract)/" },
        ),
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "(^|/)dist/" },
        tsConfig: { fileName: "tsconfig.json" },
        // Types are imports, too: who needs another's types knows the other.
        tsPreCompilationDeps: true,
    },
};
