import { assertFound } from "../support/findings";
import { changedTo, withResource } from "../support/mutations";
import { platformStack } from "../support/our-stacks";
import type { Stack } from "../support/mutations";

const RULE = "connect-is-authorized";

describe("the rule connect-is-authorized", () => {
    let platform: Stack;
    before(async () => {
        platform = await platformStack("prod");
    });

    it("finds a $connect that lets everybody in", async () => {
        const mistaken = (stack: Stack): Stack =>
            changedTo(stack, "Route", "push-websocket-route-connect", { authorizationType: "NONE" });
        await assertFound(mistaken(platform), [RULE, "push-websocket-route-connect"]);
    });

    it("a $connect whose authorizer is another API's", async () => {
        const other = withResource(platform, "aws:apigatewayv2/authorizer:Authorizer", "other", {
            apiId: "other-api",
        });
        await assertFound(changedTo(other, "Route", "push-websocket-route-connect", { authorizerId: "other-id" }), [
            "connect-is-authorized",
            "push-websocket-route-connect",
        ]);
    });

    it("an authorizer that is named but not used", async () => {
        await assertFound(
            changedTo(platform, "Route", "push-websocket-route-connect", { authorizationType: undefined }),
            ["connect-is-authorized", "push-websocket-route-connect"],
        );
    });

    it("an API whose $connect is spelt otherwise", async () => {
        await assertFound(changedTo(platform, "Route", "push-websocket-route-connect", { routeKey: "connect" }), [
            "connect-is-authorized",
            "push-websocket-api",
        ]);
    });
});
