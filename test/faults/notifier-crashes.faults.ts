import assert from "node:assert/strict";
import type { FunctionRequest } from "../../local/edge/crashes";
import type { FaultCloud } from "./support/fault-cloud";
import { faultCloud, keys } from "./support/fault-cloud";
import { assertInOrder, assertWhole } from "./support/promise";

/** What a notifier asks of the cloud for one message, from cold: the fatal request is one of these. */
const REQUESTS = [
    "dynamodb:GetItem", // the namespace
    "dynamodb:GetItem", // the head
    "dynamodb:GetItem", // the key
    "dynamodb:PutItem", // the message, or the key of the one before it
    "dynamodb:PutItem", // the other of the two
    "dynamodb:PutItem", // the head
    "dynamodb:Query", // the audience
    "execute-api:ManageConnections", // the post
];

describe("A notifier that dies", () => {
    let faults: FaultCloud;
    before(async () => {
        faults = await faultCloud();
    });
    afterEach(() => faults.calm());

    const isNotifier = ({ functionName }: FunctionRequest): boolean => functionName.includes("notify");

    for (const moment of ["before", "after"] as const) {
        for (const [index, operation] of REQUESTS.entries()) {
            it(`right ${moment} its request ${index + 1}, ${operation}: the retry delivers the message once`, async () => {
                const channel = `${await faults.namespace()}/1`;
                const page = await faults.subscribedPage(channel);
                await faults.publish(channel, "first");
                const requests: string[] = [];
                const deaths: string[] = [];
                let isCold = false;
                faults.failing = {
                    crashes: (request) => {
                        if (!isNotifier(request)) {
                            return undefined;
                        }
                        // The first death makes room for an environment that knows nothing.
                        if (!isCold) {
                            isCold = true;
                            return "before";
                        }
                        requests.push(request.operation);
                        if (requests.length === index + 1) {
                            deaths.push(request.operation);
                            return moment;
                        }
                        return undefined;
                    },
                };

                await faults.putEvents(channel, ["second"]);
                await page.until(() => deaths.length === 1 && page.data.includes("second"));
                faults.failing = {};
                await faults.publish(channel, "third");
                await page.untilCount(3);

                assert.deepEqual(deaths, [operation]);
                assertInOrder(page.told, ["first", "second", "third"]);
                assert.deepEqual(await faults.log(channel), ["1 first", "2 second", "3 third"]);
            });
        }
    }

    it("again and again, at any request, among many that are published at once: each is numbered once", async () => {
        const channel = `${await faults.namespace()}/1`;
        const [page, other] = [
            await faults.subscribedPage(channel),
            await faults.subscribedPage(channel, { sub: "bob" }),
        ];
        let requests = 0;
        let deaths = 0;
        faults.failing = {
            crashes: (request) => {
                // Two retries a message: so many deaths that some messages need both, and none a third.
                if (!isNotifier(request) || deaths === 6) {
                    return undefined;
                }
                requests += 1;
                if (requests % 7 !== 0) {
                    return undefined;
                }
                deaths += 1;
                return deaths % 2 === 0 ? "before" : "after";
            },
        };

        const published = keys(20);
        await faults.putEvents(channel, published);
        await Promise.all([page.untilCount(20), other.untilCount(20)]);

        assert.equal(deaths, 6);
        assertWhole(page.told, published);
        assert.deepEqual(other.messages, page.messages);
        assert.equal((await faults.log(channel)).length, 20);
    });
});
