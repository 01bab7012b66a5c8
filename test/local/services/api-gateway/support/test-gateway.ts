import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import type { AwsCall } from "../../../../../local/aws/authorization";
import { AwsError } from "../../../../../local/aws/aws-error";
import { Credentials } from "../../../../../local/signing/credentials";
import { SignatureVerifier } from "../../../../../local/signing/sigv4";
import { HttpServer } from "../../../../../local/http/http-server";
import type { Access } from "../../../../../local/signing/access";
import { ApiCatalog } from "../../../../../local/services/api-gateway/definition/api-catalog";
import { Gateway, type GatewayDependencies } from "../../../../../local/services/api-gateway/gateway";
import { apiGatewayBehaviours } from "../../../../../local/services/api-gateway/resources";
import type { Created, ResourceBehaviours } from "../../../../../local/resources/resource";
import { Client, type ConnectOptions } from "./client";
import { FakeFunctions } from "./fake-functions";
import { ManualTime } from "./manual-time";

export const ROLE_ARN = "arn:aws:iam::000000000000:role/notifier";

export interface AwsCredentialIdentity {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
}

type Inputs = Readonly<Record<string, unknown>>;

/**
 * A gateway on a free port: its APIs are registered as a Pulumi program would, its functions are closures, and its
 * clock stands still.
 */
export class TestGateway {
    readonly functions = new FakeFunctions();
    readonly time = new ManualTime();
    readonly log: string[] = [];
    readonly accessLog: string[] = [];
    /** What the gate was asked. */
    readonly calls: AwsCall[] = [];
    /** Actions that the gate refuses. */
    readonly denied = new Set<string>();
    readonly catalog = new ApiCatalog();
    readonly behaviours: ResourceBehaviours = apiGatewayBehaviours({
        catalog: this.catalog,
        host: () => this.server.host,
    });
    readonly access: Access;
    readonly server = new HttpServer((line) => this.log.push(line));
    readonly #credentials = new Credentials(Date.now);
    readonly #clients: Client[] = [];
    readonly #sdkClients: ApiGatewayManagementApiClient[] = [];

    constructor(changes: Partial<Pick<GatewayDependencies, "limits" | "faults" | "timers" | "lostDisconnects">> = {}) {
        const verifier = new SignatureVerifier(this.#credentials, Date.now);
        this.access = {
            authenticate: (request) => verifier.verifyRequest(request),
            authorize: (call) => {
                this.#authorize(call);
            },
        };
        new Gateway({
            server: this.server,
            catalog: this.catalog,
            invoker: this.functions,
            ...this.access,
            log: (line) => this.log.push(line),
            accessLog: (_, line) => this.accessLog.push(line),
            clock: this.time.clock,
            timers: this.time.timers,
            ...changes,
        });
    }

    static async start(changes: ConstructorParameters<typeof TestGateway>[0] = {}): Promise<TestGateway> {
        const gateway = new TestGateway(changes);
        await gateway.server.listen(0);
        return gateway;
    }

    /** The server's host and port. */
    get host(): string {
        return this.server.host;
    }

    url(stage = "v1", query = ""): string {
        return `ws://${this.host}/${stage}${query}`;
    }

    async connect(
        options: ConnectOptions & { readonly stage?: string; readonly query?: string } = {},
    ): Promise<Client> {
        const client = await Client.connect(this.url(options.stage, options.query), options);
        this.#clients.push(client);
        return client;
    }

    /** The id of a new client's connection, as its own functions saw it: needs a route "whoami" (`WHO_AM_I`). */
    async connectionId(client: Client): Promise<string> {
        client.send({ action: "whoami" });
        return client.next();
    }

    /** A management client that signs as the role, or as the administrator. */
    management(stage = "v1", signer: "role" | "administrator" = "role"): ApiGatewayManagementApiClient {
        const client = new ApiGatewayManagementApiClient({
            endpoint: `http://${this.host}/${stage}`,
            region: "us-east-1",
            credentials: this.credentialsOf(signer),
            maxAttempts: 1,
        });
        this.#sdkClients.push(client);
        return client;
    }

    credentialsOf(signer: "role" | "administrator"): AwsCredentialIdentity {
        const { accessKeyId, secretAccessKey, sessionToken } =
            signer === "administrator"
                ? this.#credentials.administrator
                : this.#credentials.issueRoleCredentials(ROLE_ARN, "notifier");
        return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    }

    /** Registers a resource as a program would. */
    async register(type: string, name: string, inputs: Inputs): Promise<Created> {
        const behaviour = this.behaviours[type];
        if (behaviour === undefined) {
            throw new Error(`no behaviour for ${type}`);
        }
        return behaviour.create({ urn: `urn:${type}::${name}`, type, name, inputs });
    }

    /** Deploys with changed inputs, as a program does that is run again. */
    async update(type: string, name: string, inputs: Inputs, current: Created): Promise<Created> {
        const behaviour = this.behaviours[type];
        if (behaviour?.update === undefined) {
            throw new Error(`${type} cannot be updated`);
        }
        return behaviour.update({ urn: `urn:${type}::${name}`, type, name, inputs }, current);
    }

    async close(): Promise<void> {
        for (const client of this.#clients) {
            client.socket.terminate();
        }
        for (const client of this.#sdkClients) {
            client.destroy();
        }
        // Some tests have functions that never finish.
        await this.server.close(20);
    }

    #authorize(call: AwsCall): void {
        this.calls.push(call);
        if (this.denied.has(call.action)) {
            const who = "arn" in call.principal ? call.principal.arn : call.principal.kind;
            throw new AwsError(
                "AccessDeniedException",
                `User: ${who} is not authorized to perform: ${call.action} on resource: ${call.resource}`,
                403,
            );
        }
    }
}
