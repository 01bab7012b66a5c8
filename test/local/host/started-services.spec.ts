import { strict as assert } from "node:assert";
import type { EdgeService } from "../../../local/edge/service";
import type { Host, Service, Started } from "../../../local/host/service";
import { StartedServices } from "../../../local/host/started-services";
import { HttpServer } from "../../../local/http/http-server";
import { Credentials } from "../../../local/signing/credentials";
import { scaledPace } from "../../../local/time/pace";

describe("The services of a local cloud", () => {
    let events: string[];
    beforeEach(() => {
        events = [];
    });

    /** A service that tells when it starts, stops and lets go. */
    const service = <Name extends string>(
        name: Name,
        { uses = [], ...registers }: Partial<Started<string>> & { readonly uses?: readonly AnyService[] } = {},
    ): Service<Name, string, { readonly colour?: string }> => ({
        name,
        async start(host, { colour = "grey" }) {
            for (const used of uses) {
                await host.use(used);
            }
            events.push(`start ${name}`);
            return {
                api: `${colour} ${name}`,
                stop: () => Promise.resolve(void events.push(`stop ${name}`)),
                release: () => Promise.resolve(void events.push(`release ${name}`)),
                ...registers,
            };
        },
    });

    it("start once, those that are used before those that use them, and end the other way round", async () => {
        const queues = service("queues");
        const functions = service("functions", { uses: [queues] });
        const rules = service("rules", { uses: [functions, queues] });
        const started = new StartedServices(host(), {});

        await Promise.all([rules, queues, functions].map((each) => started.use(each)));
        await started.stop();
        await started.release();

        assert.deepEqual(events, [
            ...["start queues", "start functions", "start rules"],
            ...["stop rules", "stop functions", "stop queues"],
            ...["release rules", "release functions", "release queues"],
        ]);
    });

    it("get the settings that have their name, or none", async () => {
        const started = new StartedServices(host(), { queues: { colour: "red" } });

        assert.deepEqual(
            [await started.use(service("queues")), await started.use(service("rules"))],
            ["red queues", "grey rules"],
        );
    });

    it("join what they register: endpoints, resource types, and policies by the service in the ARN", async () => {
        const endpoint = { name: "sqs" } as EdgeService;
        const behaviour = { create: () => ({ id: "", outputs: {} }), delete: () => undefined };
        const policiesOf = (name: string) => ({
            service: name,
            of: (arn: string) => `policy of ${arn}`,
            holders: () => [`arn:aws:${name}:::one`],
        });
        const started = new StartedServices(host(), {});
        await started.use(service("queues", { endpoint, policies: policiesOf("sqs") }));
        await started.use(service("roles", { resources: { "a:b:Role": behaviour }, policies: policiesOf("iam") }));
        await started.use(service("rules", { resources: { "a:b:Rule": behaviour } }));

        assert.deepEqual(started.endpoints, [endpoint]);
        assert.deepEqual(Object.keys(started.behaviours).sort(), ["a:b:Role", "a:b:Rule"]);
        assert.equal(started.resourcePolicy("arn:aws:iam:::two"), "policy of arn:aws:iam:::two");
        assert.equal(started.resourcePolicy("arn:aws:events:::two"), undefined);
        assert.deepEqual(started.policyHolders(), ["arn:aws:sqs:::one", "arn:aws:iam:::one"]);
    });

    it("are refused where two serve one resource type", async () => {
        const behaviour = { create: () => ({ id: "", outputs: {} }), delete: () => undefined };
        const started = new StartedServices(host(), {});
        await started.use(service("queues", { resources: { "aws:sqs/queue:Queue": behaviour } }));

        await assert.rejects(started.use(service("other", { resources: { "aws:sqs/queue:Queue": behaviour } })), {
            message: "other and queues both serve aws:sqs/queue:Queue: one of them must leave it",
        });
    });
});

type AnyService = Service<string, unknown, never>;

function host(): Omit<Host, "use"> {
    return {
        clock: Date.now,
        pace: scaledPace(0),
        log: () => undefined,
        authorize: () => undefined,
        authenticate: () => ({ kind: "anonymous" }),
        credentials: new Credentials(Date.now),
        http: new HttpServer(() => undefined),
        httpUrl: () => "http://127.0.0.1:4510",
        awsUrl: () => "http://127.0.0.1:4566",
        crashes: undefined,
    };
}
