import { assertFound } from "../support/findings";
import { one, withResource, withStatement } from "../support/mutations";
import type { Stack } from "../support/mutations";
import { exampleStack, platformStack } from "../support/our-stacks";

const RULE = "only-gateway-changes-its-api";
const WEBHOOK = "webhook-policy";

describe("the rule only-gateway-changes-its-api", () => {
    let platform: Stack;
    let example: Stack;
    let api = "";
    before(async () => {
        platform = await platformStack("prod");
        example = await exampleStack();
        const { webSocketUrl } = one(example, "PushGatewayReference", "platform").outputs;
        api = new URL(String(webSocketUrl)).host.split(".")[0] ?? "";
    });

    it("finds a statement that may change the API, or anything of it", async () => {
        for (const [verb, path] of [
            ["PATCH", `/apis/${api}/routes/r1`],
            ["POST", `/apis/${api}/routes`],
            ["PUT", `/apis/${api}`],
            ["DELETE", `/apis/${api}`],
        ]) {
            const statement = {
                Action: `apigateway:${verb ?? ""}`,
                Resource: `arn:aws:apigateway:us-east-1::${path ?? ""}`,
            };
            await assertFound(withStatement(example, WEBHOOK, statement), [RULE, WEBHOOK]);
        }
    });

    for (const part of ["Route", "Integration", "Authorizer", "Stage", "Deployment", "ApiMapping", "RouteResponse"]) {
        it(`finds a declared ${part} on the API, in a team's stack`, async () => {
            const type = `aws:apigatewayv2/${part.charAt(0).toLowerCase()}${part.slice(1)}:${part}`;
            await assertFound(withResource(example, type, "mine", { apiId: api, routeKey: "steal" }), [RULE, "mine"]);
        });
    }

    it("finds a route beside the gateway in the gateway's own stack, also where the gateway is its parent", async () => {
        const { id } = one(platform, "Api", "push-websocket-api").outputs;
        for (const parent of [undefined, one(platform, "PushGateway", "push")]) {
            const route = { apiId: id, routeKey: "steal" };
            await assertFound(withResource(platform, "aws:apigatewayv2/route:Route", "mine", route, parent), [
                RULE,
                "mine",
            ]);
        }
    });

    it("lets the platform give its API a domain, and a team change its own API", async () => {
        const { id } = one(platform, "Api", "push-websocket-api").outputs;
        await assertFound(withResource(platform, "aws:apigatewayv2/apiMapping:ApiMapping", "domain", { apiId: id }));
        const own = withStatement(example, WEBHOOK, {
            Action: "apigateway:PATCH",
            Resource: "arn:aws:apigateway:us-east-1::/apis/zzzz99/routes/r1",
        });
        await assertFound(
            withResource(own, "aws:apigatewayv2/route:Route", "mine", { apiId: "zzzz99", routeKey: "x" }),
        );
    });
});
