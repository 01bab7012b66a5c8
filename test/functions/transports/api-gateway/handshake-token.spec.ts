import { strict as assert } from "node:assert";
import { findToken } from "../../../../functions/transports/api-gateway/handshake-token";
import { authorizeEvent } from "../../../fakes/gateway-events";

describe("A token travels", () => {
    const inQuery = { inQuery: true };

    it("in the Authorization header, whatever the case of its name", () => {
        assert.equal(findToken(authorizeEvent({ headers: { Authorization: "Bearer a.b.c" } }), inQuery), "a.b.c");
        assert.equal(findToken(authorizeEvent({ headers: { AUTHORIZATION: "bearer  a.b.c" } }), inQuery), "a.b.c");
    });

    it("in a sub-protocol next to push.v1", () => {
        const headers = { "sec-websocket-protocol": "push.v1, bearer.a.b.c" };
        assert.equal(findToken(authorizeEvent({ headers }), inQuery), "a.b.c");
    });

    it("in any line of the sub-protocols: several lines are one list", () => {
        const multiValueHeaders = { "Sec-WebSocket-Protocol": ["bearer.a.b.c, other", "push.v1"] };
        const event = authorizeEvent({ headers: { "Sec-WebSocket-Protocol": "push.v1" }, multiValueHeaders });
        assert.equal(findToken(event, inQuery), "a.b.c");
    });

    it("in the query, only where that is allowed", () => {
        const event = authorizeEvent({ queryStringParameters: { access_token: "a.b.c" } });
        assert.equal(findToken(event, { inQuery: true }), "a.b.c");
        assert.equal(findToken(event, { inQuery: false }), undefined);
    });

    it("nowhere else", () => {
        for (const headers of [
            {},
            { Authorization: "Basic a.b.c" },
            { Authorization: "Bearer" },
            { "Sec-WebSocket-Protocol": "push.v1" },
            { Cookie: "a.b.c" },
        ]) {
            assert.equal(findToken(authorizeEvent({ headers }), inQuery), undefined);
        }
    });
});
