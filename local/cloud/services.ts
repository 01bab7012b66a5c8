import { OtherRegions } from "./other-regions";
import { IamGate, type Granted } from "../access/gate";
import { heldPolicies, type HeldPolicy } from "../access/held-policy";
import type { AwsCall } from "../aws/authorization";
import { REGION } from "../aws/account";
import { type Crashes, FunctionCrashes } from "../edge/crashes";
import { EdgeServer } from "../edge/server";
import type { Host, Service } from "../host/service";
import { StartedServices } from "../host/started-services";
import { HttpServer } from "../http/http-server";
import type { ResourceBehaviours } from "../resources/resource";
import { CATALOGUE, type ServiceSettings } from "../services/catalogue";
import type { IamStore } from "../services/iam/iam-store";
import { iam } from "../services/iam/service";
import { lambda } from "../services/lambda/service";
import { Credentials } from "../signing/credentials";
import { SignatureVerifier } from "../signing/sigv4";
import { scaledPace } from "../time/pace";

/** A laptop need not wait minutes between two attempts: pauses are a twentieth of AWS's. */
const PACE = 0.05;

export interface ServicesOptions {
    /** 0 picks a free one. */
    readonly port: number;
    /** 0 picks a free one. */
    readonly awsPort: number;
    readonly log: (line: string) => void;
    /** Settings of single services: another DynamoDB, or limits, times and failures for tests. */
    readonly services?: ServiceSettings;
    /** Ends functions at requests of theirs, for tests of what a crash leaves behind. Defaults to none. */
    readonly crashes?: Crashes;
    /** Pauses between attempts, as a share of AWS's. Defaults to a twentieth. */
    readonly pace?: number;
    /** Told of each call that policies of the graph allowed. */
    readonly granted?: (grant: Granted) => void;
}

/** Every service of the catalogue, behind one gate and two HTTP servers. */
export class Services {
    private constructor(
        private readonly servers: {
            readonly http: HttpServer;
            readonly edge: EdgeServer;
            readonly otherRegions: OtherRegions;
        },
        private readonly started: StartedServices,
        private readonly roles: IamStore,
        readonly credentials: Credentials,
        readonly urls: { readonly http: string; readonly aws: string },
        readonly behaviours: ResourceBehaviours,
    ) {}

    /** @throws Error with one clear line when a port is taken; nothing is left listening then. */
    static async start(options: ServicesOptions): Promise<Services> {
        const { log, granted } = options;
        const urls = { http: "", aws: "" };
        const credentials = new Credentials(Date.now);
        const verifier = new SignatureVerifier(credentials, Date.now);
        const http = new HttpServer(log);
        const crashes = options.crashes && new FunctionCrashes(options.crashes, kill);
        const host: Omit<Host, "use"> = {
            clock: Date.now,
            pace: scaledPace(options.pace ?? PACE),
            log,
            // The gate asks the services for their resources' policies, and they ask the gate.
            authorize: (call: AwsCall) => {
                gate.authorize(call);
            },
            // What clients reach has its Region in its name, so nobody else's signature is good there.
            authenticate: (request) => verifier.verifyRequest(request, REGION),
            credentials,
            http,
            httpUrl: () => urls.http,
            awsUrl: () => urls.aws,
            crashes,
        };
        const started = new StartedServices(host, options.services ?? {});
        async function kill(accessKeyId: string): Promise<void> {
            await (await started.use(lambda)).kill(accessKeyId);
        }
        const roles = await started.use(iam);
        const resourcePolicy = (arn: string): string | undefined => started.resourcePolicy(arn);
        const gate = new IamGate({ roles, resourcePolicy, granted });
        const catalogue: readonly Service<string, unknown, never>[] = CATALOGUE;
        for (const service of catalogue) {
            await started.use(service);
        }
        const otherRegions = new OtherRegions(host);
        const elsewhere = (region: string) => otherRegions.endpoints(region);
        const edge = new EdgeServer({ verifier, log, crashes, elsewhere });
        edge.register(...started.endpoints);
        const services = new Services(
            { http, edge, otherRegions },
            started,
            roles,
            credentials,
            urls,
            started.behaviours,
        );
        try {
            urls.http = await listening("--port", options.port, (port) => http.listen(port));
            urls.aws = await listening("--aws-port", options.awsPort, (port) => edge.listen(port));
            return services;
        } catch (error) {
            await services.close();
            throw error;
        }
    }

    /** A service's own class. */
    use<Api>(service: Service<string, Api, never>): Promise<Api> {
        return this.started.use(service);
    }

    /** Every policy in force, whichever way the graph gives it. */
    get policies(): readonly HeldPolicy[] {
        return heldPolicies(this.roles, this.started.policyHolders(), (arn) => this.started.resourcePolicy(arn));
    }

    /** In order: what takes requests first, what answers them last. */
    async close(): Promise<void> {
        await this.servers.http.close();
        await this.started.stop();
        await this.servers.edge.close();
        await this.servers.otherRegions.release();
        await this.started.release();
    }
}

async function listening(option: string, port: number, listen: (port: number) => Promise<string>): Promise<string> {
    try {
        return await listen(port);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") {
            throw error;
        }
        throw new Error(
            `port ${port} is in use: stop what listens there, or choose another with ${option} (0 picks a free one)`,
            { cause: error },
        );
    }
}
