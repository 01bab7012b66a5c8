import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../contract/component-types";
import type { PushGatewayContract } from "../contract/outputs";
import { contractProblems, isContract, keepsNewerContract } from "../contract/outputs";
import type { ContractOutputs } from "./references/contract-outputs";
import { contractOutputs } from "./references/contract-outputs";
import type { PolicyStatement } from "./permissions/policy-statement";
import { ProgramError } from "./validation/program-error";
import { publishStatements } from "./permissions/publish-statements";
import { settled } from "./references/pulumi-internals";

export interface PushGatewayReferenceArgs {
    /** The platform stack, written in full: `organization/push-gateway/prod`. */
    readonly stack: pulumi.Input<string>;
}

/**
 * A platform stack as a service stack sees it: its outputs, checked against the contract, and its grants. A stack that
 * does not keep the contract is one error that lists every output in question, and Pulumi then creates nothing that
 * uses the reference. Await `checked` to create nothing at all.
 *
 * @example
 * const gateway = await new PushGatewayReference("platform", { stack: "organization/push-gateway/prod" }).checked();
 */
export class PushGatewayReference extends pulumi.ComponentResource implements ContractOutputs {
    /** Version of the contract. */
    declare readonly contractVersion: pulumi.Output<number>;
    /** Where browsers connect: `wss://…/v1`. */
    declare readonly webSocketUrl: pulumi.Output<string>;
    /** Where `@connections` is served. Reached by the gateway's own functions only. */
    declare readonly managementEndpoint: pulumi.Output<string>;
    declare readonly registryTableName: pulumi.Output<string>;
    declare readonly registryTableArn: pulumi.Output<string>;
    /** The function to invoke for a direct push with a report; for callers that the platform trusts. */
    declare readonly notifierArn: pulumi.Output<string>;
    declare readonly eventBusName: pulumi.Output<string>;
    /** The bus to publish on. */
    declare readonly eventBusArn: pulumi.Output<string>;
    declare readonly namespaceTableName: pulumi.Output<string>;
    declare readonly namespaceTableArn: pulumi.Output<string>;

    constructor(name: string, args: PushGatewayReferenceArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.pushGatewayReference, name, args, opts);
        const stackName = fullStackName(name, args.stack);
        const stack = new pulumi.StackReference(`${name}-stack`, { name: stackName }, { parent: this });
        const outputs = readContract(stack);
        Object.assign(this, outputs);
        this.registerOutputs(outputs);
    }

    /**
     * This reference, once the platform stack is known to keep the contract. Where a preview does not know the stack's
     * outputs yet, the check waits for the update.
     *
     * @throws ProgramError that lists every missing or mistyped output, and the stack
     */
    async checked(): Promise<this> {
        await settled(this.contractVersion);
        return this;
    }

    /** The statement that lets a role publish as `namespace`, and as no other, for a `LambdaFunction` or any policy. */
    publishStatements(namespace: pulumi.Input<string>): PolicyStatement[] {
        return publishStatements(this.eventBusArn, namespace);
    }
}

/** Pulumi takes a shorter name for a stack of the program's own project, which has none of a gateway's outputs. */
function fullStackName(reference: string, stack: pulumi.Input<string>): pulumi.Input<string> {
    const checked = (value: string): string => {
        if (/^[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(value)) {
            return value;
        }
        throw new ProgramError(
            `PushGatewayReference "${reference}" cannot be created:\n  \`stack\`: is ${JSON.stringify(value)}; ` +
                "write it in full: organization/project/stack, such as acme/push-gateway/prod",
        );
    };
    return typeof stack === "string" ? checked(stack) : pulumi.output(stack).apply(checked);
}

function readContract(stack: pulumi.StackReference): ContractOutputs {
    // One check for all outputs, and every use comes after it: either all of the contract holds, or nothing is used.
    const contract = pulumi
        .all([stack.name, stack.outputs])
        .apply(([name, outputs]: [string, object]) => checkedContract(name, outputs));
    // A single secret output makes the outputs secret as a whole. Every policy that names the bus or a table would then
    // be hidden from reviewers, so each output here is secret only if it is so in the platform's stack.
    const known = pulumi.unsecret(contract);
    return contractOutputs((name) => pulumi.all([known, stack.getOutput(name)]).apply(([values]) => values[name]));
}

function checkedContract(stack: string, outputs: object): PushGatewayContract {
    if (isContract(outputs)) {
        return outputs;
    }
    const newer = keepsNewerContract(outputs);
    const problems = contractProblems(outputs).map((problem) => `  ${problem}`);
    throw new ProgramError(
        [
            `The stack ${stack} ${newer ? "keeps a newer" : "does not keep the"} PushGateway contract:`,
            ...problems,
            newer
                ? "Update the components that this program uses to a release that reads that version."
                : "Reference a stack of the push-gateway project, and bring it up to date with `pulumi up`.",
        ].join("\n"),
    );
}
