import { strict as assert } from "node:assert";
import type { Permission } from "../../local/access/permissions";
import type { StackResource } from "../../local/program/graph";
import { describePermission, logicalNames } from "../../operations/iam/describe";
import type { PermissionRow } from "../../operations/iam/table";
import { permissionTable } from "../../operations/iam/table";

const QUEUE = "arn:aws:sqs:us-east-1:000000000000:letters-0a1b2c3";
const ROLE = "arn:aws:iam::000000000000:role/worker-role-4d5e6f7";

describe("npm run iam", () => {
    const resource = (name: string, outputs: Record<string, unknown>): StackResource => ({
        urn: name,
        request: {
            type: "test:index:Resource",
            name,
            parent: "",
            custom: true,
            remote: false,
            provider: "",
            version: "",
            inputs: {},
            dependencies: [],
            propertyDependencies: {},
            protect: false,
        },
        result: { urn: name, id: name, outputs },
    });
    const names = logicalNames([
        resource("letters", { arn: QUEUE }),
        resource("worker-role", { arn: ROLE }),
        resource("api", { executionArn: "arn:aws:execute-api:us-east-1:000000000000:abc" }),
        resource("stage", { executionArn: "arn:aws:execute-api:us-east-1:000000000000:abc/v1" }),
        resource("orders", {
            arn: "arn:aws:dynamodb:us-east-1:000000000000:table/orders",
            streamArn: "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/1",
        }),
        resource("url", { functionUrl: "http://x" }),
    ]);
    const permission: Permission = {
        holder: ROLE,
        policy: "own",
        statement: 0,
        principal: undefined,
        action: "sqs:SendMessage",
        resource: QUEUE,
        conditions: [],
        grantsNothing: false,
        used: 1,
        needed: 1,
    };

    it("calls resources by their names in the programs", () => {
        const on = (pattern: string): string => {
            return describePermission({ ...permission, resource: pattern }, names).resource;
        };
        assert.equal(on(QUEUE), "sqs:letters");
        assert.equal(
            on("arn:aws:execute-api:us-east-1:000000000000:abc/v1/POST/@connections/*"),
            "execute-api:stage/POST/@connections/*",
        );
        assert.equal(on("arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/1"), "dynamodb:orders stream");
        assert.equal(on("*"), "*");
        assert.equal(on("arn:aws:sns:us-east-1:000000000000:else"), "arn:aws:sns:us-east-1:000000000000:else");
    });

    it("says who may: a role by its own policy, a service by that of the resource, and on which conditions", () => {
        assert.equal(describePermission(permission, names).who, "iam:worker-role");
        assert.deepEqual(
            describePermission(
                {
                    ...permission,
                    principal: "lambda.amazonaws.com",
                    action: "sts:AssumeRole",
                    resource: "*",
                    conditions: [
                        {
                            qualifier: undefined,
                            operator: "ArnLike",
                            ifExists: true,
                            key: "aws:SourceArn",
                            values: [QUEUE],
                        },
                    ],
                },
                names,
            ),
            {
                who: "lambda.amazonaws.com",
                action: "sts:AssumeRole",
                resource: "iam:worker-role",
                when: "aws:SourceArn ArnLikeIfExists sqs:letters",
            },
        );
    });

    const row = (who: string, action: string, used: number, needed: number): PermissionRow => {
        return { who, action, resource: "sqs:letters", when: "", grantsNothing: false, used, needed };
    };

    it("prints a line for each permission, in order of who may", () => {
        const { text, excess } = permissionTable([
            row("iam:b", "sqs:SendMessage", 7, 3),
            row("iam:a", "sqs:SendMessage", 1, 1),
            row("iam:a", "sqs:DeleteMessage", 2, 2),
        ]);
        assert.equal(excess, 0);
        assert.equal(
            text,
            [
                "who    may                on           if  used",
                "-----  -----------------  -----------  --  ----",
                "iam:a  sqs:DeleteMessage  sqs:letters      2",
                "       sqs:SendMessage    sqs:letters      1",
                "iam:b  sqs:SendMessage    sqs:letters      7",
                "",
                "3 permissions of 2 roles and services: each was needed by some call.",
            ].join("\n"),
        );
    });

    it("marks what nothing used, and what could be left out because others allow it too", () => {
        const { text, excess } = permissionTable([
            row("iam:a", "sqs:SendMessage", 0, 0),
            row("iam:b", "sqs:SendMessage", 4, 0),
        ]);
        assert.equal(excess, 2);
        assert.match(text, /^iam:a .* 0 {2}UNUSED$/m);
        assert.match(text, /^iam:b .* 4 {2}NEEDLESS: others allow the same$/m);
        assert.match(text, /^2 of 2 permissions could be left out: no call needed them\.$/m);
    });

    it("says of a permission that can allow no call what would", () => {
        const { text, excess } = permissionTable([
            { ...row("iam:a", "dynamodb:ListStreams", 0, 0), grantsNothing: true },
        ]);
        assert.equal(excess, 1);
        assert.match(text, /^iam:a .* 0 {2}GRANTS NOTHING: AWS grants this action on \* alone$/m);
    });
});
