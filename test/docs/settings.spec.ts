import * as assert from "node:assert/strict";
import { Declared } from "./support/declared";
import { firstCells, page } from "./support/markdown";

describe("docs/configuration.md", () => {
    it("has every setting of the platform stack, and no other", () => {
        const settings = [
            ...new Declared("components/websocket/authentication-args.ts").members("AuthenticationArgs"),
            ...new Declared("components/arguments/push-gateway-args.ts").members("PushGatewayArgs"),
        ];
        assert.deepEqual(firstCells(page("docs/configuration.md").text), settings.sort());
    });
});

describe("client/README.md", () => {
    const cells = firstCells(page("client/README.md").text);

    it("has every status of a client", () => {
        assertHas(cells, new Declared("client/state.ts").literals("Status"));
    });

    it("has every reason of a gap", () => {
        assertHas(cells, new Declared("client/ordering.ts").literals("GapReason"));
    });
});

function assertHas(cells: readonly string[], names: readonly string[]): void {
    assert.ok(names.length > 2);
    assert.deepEqual(
        names.filter((name) => !cells.includes(name)),
        [],
    );
}
