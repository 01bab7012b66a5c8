/** The version of the outputs below. A reader refuses every other: it may mean something else by the same names. */
export const CONTRACT_VERSION = 1;

/** The outputs of a platform stack, which service stacks, operators and clients may rely on: contract v1. */
export const CONTRACT_OUTPUTS = {
    /** Version of this contract. */
    contractVersion: "number",
    /** Where browsers connect: `wss://…/v1`. */
    webSocketUrl: "string",
    /** Where `@connections` is served: `https://…/v1`. */
    managementEndpoint: "string",
    registryTableName: "string",
    registryTableArn: "string",
    /** The function to invoke for a direct push with a report. */
    notifierArn: "string",
    eventBusName: "string",
    /** The bus to publish on. */
    eventBusArn: "string",
    namespaceTableName: "string",
    /** The table that namespaces are registered in. */
    namespaceTableArn: "string",
} as const;

interface OutputTypes {
    readonly string: string;
    readonly number: number;
}

/** The outputs' values. */
export type PushGatewayContract = {
    readonly [Name in keyof typeof CONTRACT_OUTPUTS]: OutputTypes[(typeof CONTRACT_OUTPUTS)[Name]];
};

export type ContractOutput = keyof PushGatewayContract;

export const CONTRACT_OUTPUT_NAMES = Object.keys(CONTRACT_OUTPUTS) as readonly ContractOutput[];

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
    const problems = CONTRACT_OUTPUT_NAMES.flatMap((name) => {
        return outputProblem(name, CONTRACT_OUTPUTS[name], values[name]);
    });
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
