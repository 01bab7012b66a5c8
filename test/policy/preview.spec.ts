import * as assert from "node:assert/strict";
import { diagnose } from "./support/analyzer";
import { changed, changedTo, one, without, withResource } from "./support/mutations";
import type { Stack } from "./support/mutations";
import { exampleStack, platformStack } from "./support/our-stacks";
import type { WireProperties } from "./support/recorded-stack";
import { UNKNOWN } from "./support/recorded-stack";

const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

describe("the policy pack in a preview of a stack that does not exist yet", () => {
    let platform: Stack;
    let example: Stack;
    before(async () => {
        platform = await platformStack("prod", { preview: true });
        example = await exampleStack({ preview: true });
    });

    const violations = async (stack: Stack): Promise<(readonly [string, string])[]> => {
        const diagnostics = await diagnose(stack);
        return diagnostics
            .filter(({ level }) => level === "mandatory")
            .map(({ policy, resource }) => [policy, resource]);
    };

    it("reports no violation on our own stacks, though most ARNs are not known", async () => {
        assert.equal(one(platform, "RolePolicy", "push-notifier-notify-policy").inputs["policy"], UNKNOWN);
        assert.deepEqual(await violations(platform), []);
        assert.deepEqual(await violations(example), []);
    });

    it("says which rules wait for the update, and only of policies", async () => {
        const waiting = (await diagnose(platform)).filter(({ level }) => level === "advisory");
        assert.ok(waiting.length > 0);
        assert.ok(waiting.every(({ message }) => message.includes("can't be known during preview")));
        assert.deepEqual([...new Set(waiting.map(({ policy }) => policy))].sort(), [
            "manage-connections-is-scoped",
            "no-wildcard-actions",
            "no-wildcard-resources",
            "only-gateway-calls-its-functions",
            "only-gateway-changes-its-api",
            "only-gateway-has-its-roles",
            "only-gateway-listens-on-its-bus",
            "only-gateway-reaches-connections",
            "only-gateway-reads-its-tables",
            "only-gateway-uses-its-queues",
            "only-gateway-writes-its-tables",
            "policies-are-readable",
            "put-events-names-its-source",
        ]);
    });

    it("finds mistakes that are known beside values that are not", async () => {
        assert.deepEqual(
            await violations(
                changedTo(platform, "Route", "push-websocket-route-connect", {
                    authorizationType: undefined,
                    authorizerId: undefined,
                }),
            ),
            [["connect-is-authorized", "push-websocket-route-connect"]],
        );
        assert.deepEqual(await violations(without(platform, "Route", "push-websocket-route-connect")), [
            ["connect-is-authorized", "push-websocket-api"],
        ]);
        assert.deepEqual(
            await violations(
                changedTo(platform, "Stage", "push-websocket-stage", {
                    accessLogSettings: undefined,
                    defaultRouteSettings: undefined,
                }),
            ),
            [
                ["stages-have-access-logs", "push-websocket-stage"],
                ["stages-are-throttled", "push-websocket-stage"],
            ],
        );
        assert.deepEqual(
            await violations(
                changedTo(platform, "EventTarget", "push-notifier-target", {
                    deadLetterConfig: undefined,
                }),
            ),
            [["event-targets-have-dead-letters", "push-notifier-target"]],
        );
        assert.deepEqual(
            await violations(
                changedTo(platform, "Permission", "push-notifier-notify-permission", {
                    sourceArn: undefined,
                }),
            ),
            [["function-permissions-name-source", "push-notifier-notify-permission"]],
        );
        assert.deepEqual(
            await violations(
                changedTo(example, "Function", "page-function", {
                    loggingConfig: undefined,
                }),
            ),
            [["functions-log-to-known-groups", "page-function"]],
        );
    });

    it("can judge nothing of a policy with one unknown ARN, be it text or an object, and says so", async () => {
        const policy = {
            Version: "2012-10-17",
            Statement: [
                { Effect: "Allow", Action: "dynamodb:Query", Resource: UNKNOWN },
                { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::uploads" },
            ],
        };
        for (const form of [policy, UNKNOWN]) {
            const diagnostics = await diagnose(changedTo(example, "RolePolicy", "webhook-policy", { policy: form }));
            assert.deepEqual(
                diagnostics.filter(({ level }) => level === "mandatory"),
                [],
            );
            assert.ok(
                diagnostics.some(
                    (found) =>
                        found.policy === "no-wildcard-actions" &&
                        found.resource === "webhook-policy" &&
                        found.message.includes("can't run policy"),
                ),
            );
        }
    });

    it("finds in a policy of its own what a role may do to what exists, beside one that is not known", async () => {
        const registry = one(example, "PushGatewayReference", "platform").outputs["registryTableArn"];
        assert.match(String(registry), /^arn:/);
        const known = (actions: readonly string[], Resource: unknown): WireProperties => ({
            role: UNKNOWN,
            policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource }] },
        });
        assert.equal(one(example, "RolePolicy", "webhook-policy").inputs["policy"], UNKNOWN);
        assert.deepEqual(
            await violations(
                withResource(example, ROLE_POLICY, "webhook-gateway-policy", known(["dynamodb:*"], registry)),
            ),
            [
                ["no-wildcard-actions", "webhook-gateway-policy"],
                ["only-gateway-writes-its-tables", "webhook-gateway-policy"],
                ["only-gateway-reads-its-tables", "webhook-gateway-policy"],
            ],
        );
        const connections = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/v1/POST/@connections/*";
        assert.deepEqual(
            await violations(
                withResource(
                    platform,
                    ROLE_POLICY,
                    "debug-policy",
                    known(["execute-api:ManageConnections"], connections),
                ),
            ),
            [["only-gateway-reaches-connections", "debug-policy"]],
        );
    });

    it("finds the known policy of a stack that has unknown ones", async () => {
        const policy = JSON.stringify({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Action: "execute-api:ManageConnections",
                    Resource: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/v1/POST/@connections/*",
                },
            ],
        });
        assert.deepEqual(
            await violations(
                changed(example, "RolePolicy", "webhook-policy", (properties) => ({
                    ...properties,
                    policy,
                })),
            ),
            [["only-gateway-reaches-connections", "webhook-policy"]],
        );
    });

    it("takes an attached policy of the stack's own, whose ARN is not known yet, and no other", async () => {
        const made = withResource(example, "aws:iam/policy:Policy", "own", { arn: UNKNOWN });
        const attach = (policyArn: string, madeFrom: readonly string[]): Stack => {
            return withResource(made, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attachment", {
                policyArn,
            }).map((resource) =>
                resource.name === "attachment"
                    ? { ...resource, propertyDependencies: { policyArn: madeFrom } }
                    : resource,
            );
        };
        const { urn } = one(made, "Policy", "own");
        const about = async (stack: Stack): Promise<string[]> =>
            (await diagnose(stack))
                .filter(({ policy }) => policy === "attached-policies-are-known")
                .map(({ level }) => level);
        assert.deepEqual(await about(attach(UNKNOWN, [urn])), []);
        assert.deepEqual(await about(attach(UNKNOWN, [])), ["advisory"]);
        assert.deepEqual(await about(attach("arn:aws:iam::aws:policy/AdministratorAccess", [])), ["mandatory"]);
    });
});
