/** The version of the outputs below. A reader refuses every other: it may mean something else by the same names. */
export const CONTRACT_VERSION = 1;

/** What a platform stack exports and what service stacks, operators and clients may rely on: contract v1. */
export interface PushGatewayContract {
    /** Version of this contract. */
    readonly contractVersion: number;
    /** Where browsers connect: `wss://…/v1`. */
    readonly webSocketUrl: string;
    /** Where `@connections` is served: `https://…/v1`. */
    readonly managementEndpoint: string;
    readonly registryTableName: string;
    readonly registryTableArn: string;
    /** The function to invoke for a direct push with a report. */
    readonly notifierArn: string;
    readonly eventBusName: string;
    /** The bus to publish on. */
    readonly eventBusArn: string;
    readonly namespaceTableName: string;
    /** The table that namespaces are registered in. */
    readonly namespaceTableArn: string;
}

const OUTPUT_TYPES: Readonly<Record<keyof PushGatewayContract, "string" | "number">> = {
    contractVersion: "number",
    webSocketUrl: "string",
    managementEndpoint: "string",
    registryTableName: "string",
    registryTableArn: "string",
    notifierArn: "string",
    eventBusName: "string",
    eventBusArn: "string",
    namespaceTableName: "string",
    namespaceTableArn: "string",
};

/** Everything in which a stack's outputs differ from the contract; empty when they keep it. */
export function contractProblems(outputs: object): string[] {
    const values: Readonly<Record<string, unknown>> = { ...outputs };
    const version = values["contractVersion"];
    const otherVersion =
        typeof version === "number" && version !== CONTRACT_VERSION
            ? [`output \`contractVersion\` is ${version}, but this component reads version ${CONTRACT_VERSION}`]
            : [];
    if (keepsNewerContract(outputs)) {
        // A later contract may have other outputs, so nothing more can be said of these.
        return otherVersion;
    }
    const problems = Object.entries(OUTPUT_TYPES).flatMap(([name, type]) => outputProblem(name, type, values[name]));
    return [...problems, ...otherVersion];
}

/** Whether the stack keeps a later contract than this code reads: then the code has to be updated, not the stack. */
export function keepsNewerContract(outputs: object): boolean {
    const { contractVersion }: { readonly contractVersion?: unknown } = outputs;
    return typeof contractVersion === "number" && contractVersion > CONTRACT_VERSION;
}

/** Whether the outputs keep the contract, for the compiler. */
export function isContract(outputs: object): outputs is PushGatewayContract {
    return contractProblems(outputs).length === 0;
}

function outputProblem(name: string, type: "string" | "number", value: unknown): string[] {
    if (value === undefined) {
        return [`output \`${name}\` is missing`];
    }
    if (typeof value !== type) {
        const found = Array.isArray(value) ? "array" : typeof value;
        return [`output \`${name}\` is of type ${value === null ? "null" : found}, not ${type}`];
    }
    return value === "" ? [`output \`${name}\` is empty`] : [];
}
