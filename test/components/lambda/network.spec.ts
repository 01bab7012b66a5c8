import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkArgs } from "../../../components";
import { createNetwork, validateNetwork } from "../../../components/lambda/network";
import type { Graph } from "../../support/graph";
import { recordGraph } from "../../support/graph";
import { without } from "../../support/without";

/** The graph of a network, and where it puts functions. */
async function record(args: NetworkArgs): Promise<{ graph: Graph; place: unknown }> {
    let place: unknown;
    const graph = await recordGraph(() => {
        pulumi.output(createNetwork("network", args, "eu-west-1", {})).apply((value) => {
            place = value;
        });
    });
    return { graph, place };
}

describe("createNetwork", () => {
    it("makes a security group in an existing VPC that lets HTTPS out and nothing in", async () => {
        const { graph, place } = await record({ vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] });
        assert.deepEqual(graph.identities, ["aws:ec2/securityGroup:SecurityGroup network-functions < "]);
        const { inputs } = graph.one("aws:ec2/securityGroup:SecurityGroup", "network-functions");
        assert.deepEqual(without(inputs, "description"), {
            vpcId: "vpc-1",
            egress: [
                {
                    description: "AWS services, @connections and the token issuer",
                    protocol: "tcp",
                    fromPort: 443,
                    toPort: 443,
                    cidrBlocks: ["0.0.0.0/0"],
                },
            ],
        });
        assert.deepEqual(place, { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["network-functions-id"] });
    });

    it("makes nothing where security groups are given too", async () => {
        const { graph, place } = await record({ vpcId: "vpc-1", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] });
        assert.deepEqual(graph.identities, []);
        assert.deepEqual(place, { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] });
    });

    it("makes a VPC with private subnets, one NAT gateway and a free way to DynamoDB", async () => {
        const { graph, place } = await record({ create: true, cidrBlock: "10.20.0.0/20" });
        assert.deepEqual(graph.identities, [
            "aws:ec2/securityGroup:SecurityGroup network-functions < ",
            "aws:ec2/vpcEndpoint:VpcEndpoint network-dynamodb-endpoint < ",
            "awsx:ec2:Vpc network-vpc < ",
        ]);
        assert.deepEqual(graph.one("awsx:ec2:Vpc", "network-vpc").inputs, {
            cidrBlock: "10.20.0.0/20",
            numberOfAvailabilityZones: 2,
            natGateways: { strategy: "Single" },
            subnetStrategy: "Auto",
            subnetSpecs: [{ type: "Private" }, { type: "Public" }],
            enableDnsHostnames: true,
        });
        assert.deepEqual(graph.one("aws:ec2/vpcEndpoint:VpcEndpoint", "network-dynamodb-endpoint").inputs, {
            vpcId: "vpc-new",
            vpcEndpointType: "Gateway",
            serviceName: "com.amazonaws.eu-west-1.dynamodb",
            routeTableIds: ["rtb-1", "rtb-2"],
        });
        assert.deepEqual(place, {
            subnetIds: ["subnet-private-1", "subnet-private-2"],
            securityGroupIds: ["network-functions-id"],
        });
    });

    it("makes no endpoint for execute-api, which would answer every push with 403", async () => {
        const { graph } = await record({ create: true });
        assert.deepEqual(
            graph.ofType("aws:ec2/vpcEndpoint:VpcEndpoint").map(({ inputs }) => inputs["serviceName"]),
            ["com.amazonaws.eu-west-1.dynamodb"],
        );
    });
});

describe("validateNetwork", () => {
    function problemsOf(args: NetworkArgs): string[] {
        const problems: string[] = [];
        validateNetwork(args, { add: (path, reason) => problems.push(`${path}: ${reason}`) });
        return problems;
    }

    it("takes a new VPC, or an existing one by its ids", () => {
        assert.deepEqual(problemsOf({ create: true }), []);
        assert.deepEqual(problemsOf({ create: true, cidrBlock: "10.0.0.0/16" }), []);
        assert.deepEqual(problemsOf({ vpcId: "vpc-1", subnetIds: ["subnet-1"] }), []);
        assert.deepEqual(
            problemsOf({ create: false, vpcId: "vpc-1", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] }),
            [],
        );
    });

    it("names every argument of the other kind", () => {
        assert.deepEqual(
            problemsOf({ create: true, vpcId: "vpc-1", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] }),
            [
                "network.vpcId: belongs to an existing VPC; leave it out, or leave out `create`",
                "network.subnetIds: belongs to an existing VPC; leave it out, or leave out `create`",
                "network.securityGroupIds: belongs to an existing VPC; leave it out, or leave out `create`",
            ],
        );
        assert.deepEqual(problemsOf({ cidrBlock: "10.0.0.0/16" }), [
            "network.vpcId: is missing; name an existing VPC, or set `create: true` for a new one",
            "network.subnetIds: is missing; name an existing VPC, or set `create: true` for a new one",
            "network.cidrBlock: is the range of a new VPC; leave it out, or set `create: true`",
        ]);
    });
});
