import * as pulumi from "@pulumi/pulumi";
import type { PushGatewayContract } from "../contract/outputs";
import { contractProblems, isContract } from "../contract/outputs";
import type { PolicyStatement } from "./permissions/policy-statement";
import { ProgramError } from "./validation/program-error";
import { publishStatements } from "./permissions/publish-statements";
import { settled } from "./references/pulumi-internals";

export interface PushGatewayReferenceArgs {
    /** The platform stack, fully qualified: `organization/push-gateway/prod`. */
    readonly stack: pulumi.Input<string>;
}

/**
 * A platform stack as a service stack sees it: its outputs, checked against the contract, and what it grants. A stack
 * that does not keep the contract is one error that lists every output in question; nothing that uses the reference is
 * created then. Await `checked` where nothing at all may be created.
 *
 * @example
 * const gateway = await new PushGatewayReference("platform", { stack: "organization/push-gateway/prod" }).checked();
 */
export class PushGatewayReference extends pulumi.ComponentResource {
    /** Version of the contract. */
    readonly contractVersion: pulumi.Output<number>;
    /** Where browsers connect: `wss://…/v1`. */
    readonly webSocketUrl: pulumi.Output<string>;
    /** Where `@connections` is served. Reached by the gateway's own functions only. */
    readonly managementEndpoint: pulumi.Output<string>;
    readonly registryTableName: pulumi.Output<string>;
    readonly registryTableArn: pulumi.Output<string>;
    /** The function to invoke for a direct push with a report; for callers that the platform trusts. */
    readonly notifierArn: pulumi.Output<string>;
    readonly eventBusName: pulumi.Output<string>;
    /** The bus to publish on. */
    readonly eventBusArn: pulumi.Output<string>;
    readonly namespaceTableName: pulumi.Output<string>;
    readonly namespaceTableArn: pulumi.Output<string>;

    constructor(name: string, args: PushGatewayReferenceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("push-gateway:index:PushGatewayReference", name, args, opts);
        const stack = new pulumi.StackReference(`${name}-stack`, { name: args.stack }, { parent: this });
        const contract = readContract(stack);
        this.contractVersion = contract.contractVersion;
        this.webSocketUrl = contract.webSocketUrl;
        this.managementEndpoint = contract.managementEndpoint;
        this.registryTableName = contract.registryTableName;
        this.registryTableArn = contract.registryTableArn;
        this.notifierArn = contract.notifierArn;
        this.eventBusName = contract.eventBusName;
        this.eventBusArn = contract.eventBusArn;
        this.namespaceTableName = contract.namespaceTableName;
        this.namespaceTableArn = contract.namespaceTableArn;
        this.registerOutputs({
            contractVersion: this.contractVersion,
            webSocketUrl: this.webSocketUrl,
            managementEndpoint: this.managementEndpoint,
            registryTableName: this.registryTableName,
            registryTableArn: this.registryTableArn,
            notifierArn: this.notifierArn,
            eventBusName: this.eventBusName,
            eventBusArn: this.eventBusArn,
            namespaceTableName: this.namespaceTableName,
            namespaceTableArn: this.namespaceTableArn,
        });
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

    /** What allows a role to publish as `namespace`, and as no other. Give it to a `LambdaFunction` or any policy. */
    publishStatements(namespace: pulumi.Input<string>): PolicyStatement[] {
        return publishStatements(this.eventBusArn, namespace);
    }
}

function readContract(stack: pulumi.StackReference): pulumi.Output<PushGatewayContract> {
    // One apply for all outputs, and every use comes after it: either all of the contract holds, or nothing is used.
    return pulumi.all([stack.name, stack.outputs]).apply(([name, outputs]: [string, object]) => {
        if (isContract(outputs)) {
            return outputs;
        }
        const problems = contractProblems(outputs)
            .map((problem) => `  ${problem}`)
            .join("\n");
        throw new ProgramError(
            `The stack ${name} does not keep the PushGateway contract:\n${problems}\n` +
                "Reference a stack of the push-gateway project, and bring it up to date with `pulumi up`.",
        );
    });
}
