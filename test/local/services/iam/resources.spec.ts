import assert from "node:assert/strict";
import { IamStore } from "../../../../local/services/iam/iam-store";
import { iamBehaviours } from "../../../../local/services/iam/resources";
import { creator, registration, update } from "../../../support/registrations";

const ROLE = "aws:iam/role:Role";
const INLINE = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const POLICY = "aws:iam/policy:Policy";

const TRUST = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};
const allow = (action: string): string =>
    JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: action, Resource: "arn:aws:sqs:us-east-1:000000000000:q" }],
    });

describe("Roles and policies of a graph", () => {
    let iam: IamStore;
    let behaviours: ReturnType<typeof iamBehaviours>;
    let create: ReturnType<typeof creator>;

    beforeEach(() => {
        iam = new IamStore();
        behaviours = iamBehaviours(iam);
        create = creator(behaviours);
    });

    it("give a role its inline, managed and AWS's own policies, and its trust policy", async () => {
        const role = await create(ROLE, "notify", { name: "notify", assumeRolePolicy: TRUST });
        const arn = "arn:aws:iam::000000000000:role/notify";
        assert.deepEqual(
            [role.id, role.outputs["arn"], role.outputs["assumeRolePolicy"]],
            ["notify", arn, JSON.stringify(TRUST)],
        );
        await create(INLINE, "send", { role: role.id, name: "send", policy: allow("sqs:SendMessage") });
        const managed = await create(POLICY, "receive", {
            name: "receive",
            path: "/team/",
            policy: allow("sqs:ReceiveMessage"),
        });
        const logs = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        await create(ATTACHMENT, "receive", { role: role.outputs["name"], policyArn: managed.outputs["arn"] });
        await create(ATTACHMENT, "logs", { role: role.outputs["name"], policyArn: logs });
        assert.deepEqual(
            iam.identityPolicies(arn)?.map(({ name }) => name),
            ["send", "arn:aws:iam::000000000000:policy/team/receive", logs],
        );
        assert.equal(iam.identityPolicies(arn)?.[0]?.document, allow("sqs:SendMessage"));
        assert.equal(iam.trustPolicy(arn), JSON.stringify(TRUST));
    });

    it("change in place, and each change is seen in the store's version", async () => {
        const role = await create(ROLE, "notify", { assumeRolePolicy: TRUST });
        const policy = await create(POLICY, "receive", { policy: allow("sqs:ReceiveMessage") });
        await create(ATTACHMENT, "receive", { role: role.id, policyArn: policy.id });
        const before = iam.version;
        const updated = await update(
            behaviours,
            registration(POLICY, "receive", { policy: allow("sqs:DeleteMessage") }),
            policy,
        );
        assert.equal(updated.id, policy.id);
        assert.ok(iam.version > before);
        assert.equal(iam.identityPolicies(String(role.outputs["arn"]))?.[0]?.document, allow("sqs:DeleteMessage"));
    });

    it("take back what is deleted", async () => {
        const role = await create(ROLE, "notify", { assumeRolePolicy: TRUST });
        const arn = String(role.outputs["arn"]);
        const inline = await create(INLINE, "send", { role: role.id, policy: allow("sqs:SendMessage") });
        const policy = await create(POLICY, "receive", { policy: allow("sqs:ReceiveMessage") });
        const attachment = await create(ATTACHMENT, "receive", { role: role.id, policyArn: policy.id });
        await behaviours[INLINE]?.delete(inline);
        await behaviours[ATTACHMENT]?.delete(attachment);
        assert.deepEqual(iam.identityPolicies(arn), []);
        await behaviours[ROLE]?.delete(role);
        assert.equal(iam.identityPolicies(arn), undefined);
    });

    it("are refused when malformed, unknown, or attached to nothing", async () => {
        await assert.rejects(
            create(ROLE, "r", { assumeRolePolicy: "{}" }),
            /^Error: aws:iam\/role:Role "r": .*trust policy of r-[0-9a-f]{7}/,
        );
        const role = await create(ROLE, "r", { assumeRolePolicy: TRUST });
        await assert.rejects(
            create(INLINE, "p", { role: role.id, policy: JSON.stringify(TRUST) }),
            /aws:iam\/rolePolicy:RolePolicy "p": .*Principal/,
        );
        await assert.rejects(
            create(INLINE, "p", { role: "gone", policy: allow("sqs:SendMessage") }),
            /The role with name gone cannot be found/,
        );
        await assert.rejects(
            create(ATTACHMENT, "a", { role: role.id, policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
            /AdministratorAccess does not exist or is not attachable. Of AWS's own policies the local cloud knows/,
        );
        await assert.rejects(
            create(ROLE, "b", { assumeRolePolicy: TRUST, permissionsBoundary: "arn:x" }),
            /`permissionsBoundary` is not served/,
        );
    });
});
