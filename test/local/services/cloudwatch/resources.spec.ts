import assert from "node:assert/strict";
import { cloudWatchBehaviours } from "../../../../local/services/cloudwatch/resources";
import { creator } from "../../../support/registrations";

describe("Log groups, alarms and dashboards", () => {
    const create = creator(cloudWatchBehaviours);

    it("are accepted, with the names and ARNs that programs refer to", async () => {
        const logs = await create("aws:cloudwatch/logGroup:LogGroup", "notify-logs", { retentionInDays: 30 });
        assert.match(logs.id, /^notify-logs-[0-9a-f]{7}$/);
        assert.deepEqual(logs.outputs, {
            name: logs.id,
            arn: `arn:aws:logs:us-east-1:000000000000:log-group:${logs.id}`,
        });
        const named = await create("aws:cloudwatch/logGroup:LogGroup", "api", { name: "/aws/apigateway/push" });
        assert.equal(named.outputs["arn"], "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/push");
        const alarm = await create("aws:cloudwatch/metricAlarm:MetricAlarm", "dead", { name: "dead" });
        assert.deepEqual(alarm, {
            id: "dead",
            outputs: { name: "dead", arn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:dead" },
        });
        const dashboard = await create("aws:cloudwatch/dashboard:Dashboard", "d", { dashboardName: "push" });
        assert.deepEqual(dashboard, {
            id: "push",
            outputs: { dashboardArn: "arn:aws:cloudwatch::000000000000:dashboard/push" },
        });
        assert.equal(
            (await create("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "p", { policyName: "events" })).id,
            "events",
        );
    });
});
