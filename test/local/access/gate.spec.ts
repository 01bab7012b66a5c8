import { strict as assert } from "node:assert";
import type { Principal } from "../../../local/aws/authorization";
import { ADMINISTRATOR } from "../../../local/signing/credentials";
import { IamStore } from "../../../local/services/iam/iam-store";
import { roleSession } from "../../../local/signing/role-session";
import type { Granted } from "../../../local/access/gate";
import { IamGate } from "../../../local/access/gate";

const QUEUE = "arn:aws:sqs:us-east-1:000000000000:letters";
const RULE: Principal = {
    kind: "service",
    service: "events.amazonaws.com",
    sourceArn: "arn:aws:events:us-east-1:000000000000:rule/r",
};
const TRUST = trusting("lambda.amazonaws.com");

describe("The gate of the local cloud", () => {
    let roles: IamStore;
    let policies: Map<string, string>;
    let granted: Granted[];
    let gate: IamGate;
    beforeEach(() => {
        roles = new IamStore();
        policies = new Map();
        granted = [];
        gate = new IamGate({
            roles,
            resourcePolicy: (arn) => policies.get(arn) ?? roles.trustPolicy(arn),
            granted: (grant) => {
                granted.push(grant);
            },
        });
    });

    const send = (principal: Principal): void => {
        gate.authorize({ principal, action: "sqs:SendMessage", resource: QUEUE, context: {} });
    };
    const assume = (service: string, roleArn: string): void => {
        const principal: Principal = { kind: "service", service };
        gate.authorize({ principal, action: "sts:AssumeRole", resource: roleArn, context: {} });
    };

    it("lets a role do what a policy of its own says, and tells of the statement", () => {
        const arn = roles.putRole("worker", "/", TRUST);
        roles.putInlinePolicy("worker", "own", allow({ Action: "sqs:SendMessage", Resource: QUEUE }));

        send(roleSession(arn, "session"));

        assert.deepEqual(
            granted.map(({ statements }) => statements),
            [[{ holder: arn, policy: "own", statement: 0 }]],
        );
    });

    it("lets a service in by the policy of the resource, and tells of that", () => {
        policies.set(QUEUE, opening("events.amazonaws.com"));

        send(RULE);

        assert.deepEqual(granted, [
            {
                principal: RULE,
                action: "sqs:SendMessage",
                resource: QUEUE,
                statements: [{ holder: QUEUE, policy: `resource policy of ${QUEUE}`, statement: 0 }],
            },
        ]);
    });

    it("denies a service that no policy of the resource names, and tells of nothing", () => {
        assert.throws(
            () => {
                send(RULE);
            },
            { code: "AccessDeniedException" },
        );
        assert.deepEqual(granted, []);
    });

    it("goes by the policy that a resource has now", () => {
        policies.set(QUEUE, opening("events.amazonaws.com"));
        send(RULE);
        policies.set(QUEUE, opening("sns.amazonaws.com"));
        assert.throws(
            () => {
                send(RULE);
            },
            { code: "AccessDeniedException" },
        );
    });

    it("lets a service take on a role that trusts it, one by one where roles trust alike", () => {
        const first = roles.putRole("first", "/", TRUST);
        const second = roles.putRole("second", "/", TRUST);

        assume("lambda.amazonaws.com", first);
        assume("lambda.amazonaws.com", second);

        assert.deepEqual(
            granted.map(({ statements }) => statements.map(({ holder }) => holder)),
            [[first], [second]],
        );
    });

    it("lets no service take on a role that trusts another, or none that exists", () => {
        const arn = roles.putRole("worker", "/", TRUST);
        assert.throws(
            () => {
                assume("pipes.amazonaws.com", arn);
            },
            { code: "AccessDeniedException" },
        );
        assert.throws(
            () => {
                assume("lambda.amazonaws.com", `${arn}-gone`);
            },
            { code: "AccessDeniedException" },
        );
    });

    it("lets a role take on another that names it, and none that does not, whatever its own policies allow", () => {
        const caller = roles.putRole("caller", "/", TRUST);
        roles.putInlinePolicy("caller", "own", allow({ Action: "sts:AssumeRole", Resource: "*" }));
        const trusting = (who: string): string => allow({ Action: "sts:AssumeRole", Principal: { AWS: who } });
        const open = roles.putRole("open", "/", trusting(caller));
        const closed = roles.putRole("closed", "/", TRUST);
        const take = (resource: string): void => {
            const principal = roleSession(caller, "session");
            gate.authorize({ principal, action: "sts:AssumeRole", resource, context: {} });
        };

        take(open);

        assert.throws(
            () => {
                take(closed);
            },
            { code: "AccessDeniedException", message: /because no resource-based policy allows the sts:AssumeRole/ },
        );
    });

    it("grants an action without resource types on * alone, and tells of it by that", () => {
        const arn = roles.putRole("reader", "/", TRUST);
        const stream = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/1";
        const list = (): void => {
            const principal = roleSession(arn, "session");
            gate.authorize({ principal, action: "dynamodb:ListStreams", resource: stream, context: {} });
        };
        roles.putInlinePolicy("reader", "own", allow({ Action: "dynamodb:ListStreams", Resource: stream }));
        assert.throws(list, { code: "AccessDeniedException", message: /on resource: \* because/ });

        roles.putInlinePolicy("reader", "own", allow({ Action: "dynamodb:ListStreams", Resource: "*" }));
        list();

        assert.deepEqual(
            granted.map(({ resource }) => resource),
            ["*"],
        );
    });

    it("lets the administrator do anything, and tells nobody", () => {
        send(ADMINISTRATOR);
        assert.deepEqual(granted, []);
    });
});

function allow(statement: object): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
}

function trusting(service: string): string {
    return allow({ Action: "sts:AssumeRole", Principal: { Service: service } });
}

function opening(service: string): string {
    return allow({ Action: "sqs:SendMessage", Resource: QUEUE, Principal: { Service: service } });
}
