import * as assert from "node:assert/strict";
import { COMPONENT_TYPES, PACKAGE } from "../../contract/component-types";
import manifest from "../../components/package.json";

describe("the components' types", () => {
    it("begin with the package's name, as Pulumi demands of a plugin", () => {
        assert.equal(manifest.name, PACKAGE);
    });

    it("are each the class's name", () => {
        for (const [key, type] of Object.entries(COMPONENT_TYPES)) {
            assert.equal(type, `${PACKAGE}:index:${key.charAt(0).toUpperCase()}${key.slice(1)}`);
        }
    });
});
