import { strict as assert } from "node:assert";
import * as path from "node:path";
import { LocalCloud } from "../../../local/cloud/local-cloud";
import { policyReport } from "../../../local/push-gateway/policies";
import { policies } from "../../../policy/policies";
import { sharedCloud } from "../../support/shared-cloud";

/** What `npm start` says of the graphs that it serves, after each deployment. */
describe("The policies over the local cloud", () => {
    it("hold on both of our own stacks as they are deployed", async () => {
        const { graph } = await sharedCloud();

        assert.equal(await policyReport(graph), `policies: ${policies.length} rules hold on ${graph.length} resources`);
    });

    it("name each rule that is broken, how bad that is, the resource, and what to write instead", async () => {
        const cloud = await LocalCloud.start({
            root: path.join(__dirname, "../fixtures"),
            programs: { folders: ["careless"] },
            port: 0,
            awsPort: 0,
            report: () => undefined,
            log: () => undefined,
        });
        try {
            assert.deepEqual((await policyReport(cloud.graph)).split("\n"), [
                `policies: 2 violations of ${policies.length} rules on 6 resources; see docs/policies.md`,
                '  no-wildcard-actions (high, mandatory) careless: aws:iam/rolePolicy:RolePolicy "reader-policy"',
                "    Statement 1 allows dynamodb:*. Name the actions that are called.",
                '  log-groups-expire (medium, remediate) careless: aws:cloudwatch/logGroup:LogGroup "forever"',
                "    Its entries are kept for ever. Set `retentionInDays`, for example to 30.",
            ]);
        } finally {
            await cloud.close();
        }
    });
});
