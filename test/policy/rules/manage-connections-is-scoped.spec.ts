import { assertFound } from "../support/findings";
import { withStatementOf } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "manage-connections-is-scoped";
const NOTIFY = "push-notifier-notify";
const MANAGE = "execute-api:ManageConnections";

describe("the rule manage-connections-is-scoped", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds connections of every stage", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatementOf(stack, `${NOTIFY}-policy`, "execute-api:ManageConnections", (statement) => ({
                ...statement,
                Resource: String(statement.Resource).replace("/v1/POST/", "/*/POST/"),
            }));
        await assertFound(mistaken(platform), [RULE, `${NOTIFY}-policy`]);
    });

    it("finds every verb on connections", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatementOf(stack, `${NOTIFY}-policy`, "execute-api:ManageConnections", (statement) => ({
                ...statement,
                Resource: String(statement.Resource).replace("/POST/", "/*/"),
            }));
        await assertFound(mistaken(platform), [RULE, `${NOTIFY}-policy`]);
    });

    it("finds closing connections", async () => {
        const mistaken = (stack: Stack): Stack =>
            withStatementOf(stack, `${NOTIFY}-policy`, "execute-api:ManageConnections", (statement) => ({
                ...statement,
                Resource: String(statement.Resource).replace("/POST/", "/DELETE/"),
            }));
        await assertFound(mistaken(platform), [RULE, `${NOTIFY}-policy`]);
    });

    it("an API that is any API, before @connections", async () => {
        await assertFound(
            withStatementOf(platform, `${NOTIFY}-policy`, MANAGE, (statement) => ({
                ...statement,
                Resource: "arn:aws:execute-api:us-east-1:123456789012:*/v1/POST/@connections/*",
            })),
            ["manage-connections-is-scoped", `${NOTIFY}-policy`],
            ["only-gateway-reaches-connections", `${NOTIFY}-policy`],
        );
    });
});
