import { scaledPace } from "../time/pace";
import { Credentials } from "../signing/credentials";
import { DynamoDb } from "../services/dynamodb/dynamodb";
import type { Faults } from "../services/dynamodb/faults";
import { openEngine } from "../services/dynamodb/open-engine";
import { EventBridge } from "../services/events/event-bridge";
import { eventBridgeService } from "../services/events/operations";
import { EventSourceMappings } from "../services/event-source-mappings/event-source-mappings";
import { FunctionUrls as FunctionUrlRegistry } from "../services/function-urls/registry";
import type { Crashes } from "../edge/crashes";
import { FunctionCrashes } from "../edge/crashes";
import type { LambdaLimits } from "../services/lambda/functions";
import { LambdaFunctions } from "../services/lambda/functions";
import { lambdaService } from "../services/lambda/operations";
import { Pipes } from "../services/pipes/pipes";
import { IamStore } from "../services/iam/iam-store";
import { EdgeServer } from "../edge/server";
import { SignatureVerifier } from "../signing/sigv4";
import { SqsQueues } from "../services/sqs/queues";
import { sqsService } from "../services/sqs/operations";
import { stsService } from "../services/sts/operations";
import { ApiCatalog } from "../services/api-gateway/definition/api-catalog";
import type { ConnectionFaults } from "../services/api-gateway/connection-faults";
import { FunctionUrls } from "../services/function-urls/function-urls";
import { Gateway } from "../services/api-gateway/gateway";
import type { GatewayLimits } from "../services/api-gateway/throttling/limits";
import type { LostDisconnects } from "../services/api-gateway/routes/lost-disconnects";
import type { Granted } from "../access/gate";
import { IamGate } from "../access/gate";
import type { HeldPolicy } from "../access/held-policy";
import { heldPolicies } from "../access/held-policy";
import { LocalIssuer } from "../services/issuer/issuer";
import { apiGatewayBehaviours } from "../services/api-gateway/resources";
import { inertBehaviours } from "../services/cloudwatch/resources";
import { dynamoDbBehaviours } from "../services/dynamodb/resources";
import { eventsBehaviours } from "../services/events/resources";
import { iamBehaviours } from "../services/iam/resources";
import { lambdaBehaviours } from "../services/lambda/resources";
import { pipesBehaviours } from "../services/pipes/resources";
import type { ResourceBehaviours } from "../resources/resource";
import { sqsBehaviours } from "../services/sqs/resources";
import type { Time } from "../time/timers";

/** The `aud` of the local issuer's tokens. */
const AUDIENCE = "push-gateway";

/** A laptop need not wait minutes between two attempts: pauses are a twentieth of AWS's. */
const PACE = 0.05;

export interface ServicesOptions {
    /** 0 picks a free one. */
    readonly port: number;
    /** 0 picks a free one. */
    readonly awsPort: number;
    readonly log: (line: string) => void;
    /** Another DynamoDB than the embedded one, for example `http://127.0.0.1:8000`. */
    readonly dynamoDbEndpoint?: string | undefined;
    /** Errors to inject, for tests of failures. */
    readonly faults?: InjectedFaults;
    /** What connections' lives and messages' delays are measured by, for tests that cannot wait for hours. */
    readonly time?: { readonly gateway?: Time; readonly queues?: Time };
    /** Pauses between attempts, as a share of AWS's. Defaults to a twentieth. */
    readonly pace?: number;
    /** Told of each call that policies of the graph allowed. */
    readonly granted?: (grant: Granted) => void;
    readonly limits?: { readonly gateway?: Partial<GatewayLimits>; readonly lambda?: Partial<LambdaLimits> };
}

/** Failures that a test makes happen. Each of them defaults to none. */
export interface InjectedFaults {
    readonly dynamoDb?: Faults;
    readonly connections?: ConnectionFaults;
    readonly disconnects?: LostDisconnects;
    readonly crashes?: Crashes;
}

/** Every AWS service that the local cloud has, wired to each other and listening. */
export class Services {
    private constructor(
        readonly http: string,
        readonly aws: string,
        readonly credentials: Credentials,
        readonly issuer: LocalIssuer,
        readonly behaviours: ResourceBehaviours,
        /** Every policy in force, whichever way the graph gives it. */
        readonly policies: () => readonly HeldPolicy[],
        private readonly endings: readonly (() => Promise<void>)[],
    ) {}

    /** @throws Error with one clear line when a port is taken; nothing is left listening then. */
    static async start(options: ServicesOptions): Promise<Services> {
        const { log, faults = {}, limits = {}, time = {} } = options;
        const clock = Date.now;
        const pace = scaledPace(options.pace ?? PACE);
        const roles = new IamStore();
        // The services below ask the gate, and the gate asks them.
        const resourcePolicy = (arn: string): string | undefined => {
            const [, , service] = arn.split(":");
            return service === "iam"
                ? roles.trustPolicy(arn)
                : service === "lambda"
                  ? functions.resourcePolicy(arn)
                  : service === "sqs"
                    ? queues.resourcePolicy(arn)
                    : undefined;
        };
        const gate = new IamGate({ roles, resourcePolicy, granted: options.granted });
        const { authorize } = gate;
        const urls = { http: "", aws: "" };

        const credentials = new Credentials(clock);
        const verifier = new SignatureVerifier(credentials, clock);
        const crashes =
            faults.crashes && new FunctionCrashes(faults.crashes, (accessKeyId) => functions.kill(accessKeyId));
        const edge = new EdgeServer({ verifier, log, crashes });
        const dynamoDb = new DynamoDb({
            engine: openEngine(options.dynamoDbEndpoint, clock),
            authorize,
            clock,
            log,
            faults: faults.dynamoDb,
        });
        const queues = new SqsQueues({ authorize, clock, endpoint: () => urls.aws, ...time.queues });
        const functions: LambdaFunctions = new LambdaFunctions({
            authorize,
            clock,
            pace,
            queues,
            issueRoleCredentials: (roleArn, sessionName) => credentials.issueRoleCredentials(roleArn, sessionName),
            awsEndpoint: () => urls.aws,
            log,
            limits: limits.lambda,
        });
        const events = new EventBridge({ authorize, clock, pace, invoker: functions, queues, log });
        const pipes = new Pipes({ authorize, streams: dynamoDb.streams, events, queues, clock, pace, log });
        const mappings = new EventSourceMappings({ functions, queues, streams: dynamoDb.streams, clock, pace, log });
        edge.register(
            ...dynamoDb.services,
            sqsService(queues),
            eventBridgeService(events),
            lambdaService(functions),
            stsService({ credentials, authorize, roleExists: (roleArn) => roles.roleArns().includes(roleArn) }),
        );

        const access = { authenticate: verifier.verifyRequest.bind(verifier), authorize };
        const catalog = new ApiCatalog();
        const gateway = new Gateway({
            catalog,
            invoker: functions,
            ...access,
            log,
            accessLog: (_destination, line) => {
                log(`access: ${line}`);
            },
            limits: limits.gateway,
            faults: faults.connections,
            lostDisconnects: faults.disconnects,
            crashes,
            ...time.gateway,
        });
        const functionUrls = new FunctionUrlRegistry(() => urls.http);
        const issuer = await LocalIssuer.create({ url: () => `${urls.http}/_issuer`, audience: AUDIENCE });
        gateway.mount("_issuer", issuer.handle);
        gateway.mount(
            "_url",
            new FunctionUrls({
                lookup: (urlId) => functionUrls.find(urlId),
                invoker: functions,
                access,
                host: () => gateway.host,
                clock,
                log,
            }).handle,
        );

        const behaviours = {
            ...apiGatewayBehaviours({ catalog, host: () => gateway.host }),
            ...inertBehaviours,
            ...dynamoDbBehaviours(dynamoDb, log),
            ...eventsBehaviours(events),
            ...iamBehaviours(roles),
            ...lambdaBehaviours({ functions, functionUrls, eventSourceMappings: mappings }),
            ...pipesBehaviours(pipes),
            ...sqsBehaviours(queues),
        };
        const services = [
            () => gateway.close(),
            () => mappings.close(),
            () => pipes.close(),
            () => events.close(),
            () => functions.close(),
            () => edge.close(),
            () => dynamoDb.close(),
        ];
        try {
            urls.http = await listening("--port", options.port, (port) => gateway.listen(port));
            urls.aws = await listening("--aws-port", options.awsPort, (port) => edge.listen(port));
        } catch (error) {
            await closeAll(services);
            throw error;
        }
        const policies = (): readonly HeldPolicy[] => {
            const resources = [...roles.roleArns(), ...[...functions.list(), ...queues.list()].map(({ arn }) => arn)];
            return heldPolicies(roles, resources, resourcePolicy);
        };
        return new Services(urls.http, urls.aws, credentials, issuer, behaviours, policies, services);
    }

    async close(): Promise<void> {
        await closeAll(this.endings);
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
            {
                cause: error,
            },
        );
    }
}

/** In order: what takes requests first, what answers them last. */
async function closeAll(endings: readonly (() => Promise<void>)[]): Promise<void> {
    for (const end of endings) {
        await end();
    }
}
