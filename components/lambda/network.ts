import { createRequire } from "node:module";
import * as aws from "@pulumi/aws";
import type * as Awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { InputProblems } from "../validation/input-problems";
import type { FunctionNetwork } from "./lambda-function-args";

/**
 * The VPC that the functions run in: one of yours by its ids, or a new one.
 *
 * The trap: where the VPC has an interface endpoint for `execute-api` with private DNS, calls from it to any public API
 * are answered with 403, and so is every push. Such a VPC needs the endpoint's private DNS turned off, or the functions
 * subnets elsewhere. A new VPC has no such endpoint.
 * https://repost.aws/knowledge-center/api-gateway-vpc-connections
 */
export interface NetworkArgs {
    /**
     * Makes a VPC over two availability zones: private subnets for the functions, one NAT gateway as their way out (the
     * issuer's keys, `@connections`), and a gateway endpoint, which costs nothing, for DynamoDB. Plain, because it
     * decides what is created. Defaults to `false`: `vpcId` and `subnetIds` name an existing one.
     */
    readonly create?: boolean;
    /** The address range of a new VPC. Plain, because the subnets are computed from it. Defaults to `10.0.0.0/16`. */
    readonly cidrBlock?: string;
    /** An existing VPC. */
    readonly vpcId?: pulumi.Input<string>;
    /** Private subnets of the existing VPC, with a way out to the internet. */
    readonly subnetIds?: pulumi.Input<pulumi.Input<string>[]>;
    /** Security groups of the existing VPC. Defaults to a new one that lets HTTPS out and nothing in. */
    readonly securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Adds a problem for arguments that describe neither an existing VPC nor a new one. */
export function validateNetwork(args: NetworkArgs, problems: Pick<InputProblems, "add">): void {
    const existing = { vpcId: args.vpcId, subnetIds: args.subnetIds, securityGroupIds: args.securityGroupIds };
    for (const [name, value] of Object.entries(existing)) {
        if (args.create === true && value !== undefined) {
            problems.add(`network.${name}`, "belongs to an existing VPC; leave it out, or leave out `create`");
        }
        if (args.create !== true && value === undefined && name !== "securityGroupIds") {
            problems.add(`network.${name}`, "is missing; name an existing VPC, or set `create: true` for a new one");
        }
    }
    if (args.create !== true && args.cidrBlock !== undefined) {
        problems.add("network.cidrBlock", "is the range of a new VPC; leave it out, or set `create: true`");
    }
}

/**
 * Where to put the functions, in a new VPC or the given one.
 *
 * @param region the Region's name, for the endpoint of DynamoDB
 */
export function createNetwork(
    name: string,
    args: NetworkArgs,
    region: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): FunctionNetwork {
    const vpc = args.create === true ? createVpc(name, args, region, opts) : existingVpc(args);
    return {
        subnetIds: vpc.subnetIds,
        securityGroupIds: args.securityGroupIds ?? [createSecurityGroup(name, vpc.vpcId, opts).id],
    };
}

interface PrivateSubnets {
    readonly vpcId: pulumi.Input<string>;
    readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
}

function existingVpc({ vpcId, subnetIds }: NetworkArgs): PrivateSubnets {
    if (vpcId === undefined || subnetIds === undefined) {
        throw new Error("validateNetwork lets no existing VPC pass without its ids");
    }
    return { vpcId, subnetIds };
}

function createVpc(
    name: string,
    args: NetworkArgs,
    region: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): PrivateSubnets {
    // Loaded here, because it takes as long to load as all the rest of the program, and few stacks make a VPC.
    const awsx = createRequire(__filename)("@pulumi/awsx") as typeof Awsx;
    const vpc = new awsx.ec2.Vpc(
        `${name}-vpc`,
        {
            cidrBlock: args.cidrBlock,
            numberOfAvailabilityZones: 2,
            natGateways: { strategy: awsx.ec2.NatGatewayStrategy.Single },
            subnetStrategy: awsx.ec2.SubnetAllocationStrategy.Auto,
            subnetSpecs: [{ type: awsx.ec2.SubnetType.Private }, { type: awsx.ec2.SubnetType.Public }],
            enableDnsHostnames: true,
        },
        opts,
    );
    new aws.ec2.VpcEndpoint(
        `${name}-dynamodb-endpoint`,
        {
            vpcId: vpc.vpcId,
            vpcEndpointType: "Gateway",
            serviceName: pulumi.interpolate`com.amazonaws.${region}.dynamodb`,
            routeTableIds: vpc.routeTables.apply((tables) => pulumi.all(tables.map((table) => table.id))),
        },
        opts,
    );
    return { vpcId: vpc.vpcId, subnetIds: vpc.privateSubnetIds };
}

function createSecurityGroup(
    name: string,
    vpcId: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
        `${name}-functions`,
        {
            description: "Functions of the push gateway: HTTPS out, nothing in",
            vpcId,
            egress: [
                {
                    description: "AWS services, @connections and the token issuer",
                    protocol: "tcp",
                    fromPort: 443,
                    toPort: 443,
                    cidrBlocks: ["0.0.0.0/0"],
                },
            ],
        },
        opts,
    );
}
