import * as assert from "node:assert/strict";
import { METRIC_NAMESPACE } from "../../functions/runtime/metrics";
import { Declared } from "./support/declared";
import { firstCells, page, section } from "./support/markdown";

describe("docs/operations.md", () => {
    const metrics = section(page("docs/operations.md").text, "Metrics");

    it("has every metric, and no other", () => {
        assert.deepEqual(firstCells(metrics), new Declared("functions/runtime/metrics.ts").members("Counts"));
    });

    it("says where CloudWatch has them", () => {
        assert.ok(metrics.includes(`\`${METRIC_NAMESPACE}\``));
    });
});
