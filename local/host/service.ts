import type { Authorize } from "../aws/authorization";
import type { FunctionCrashes } from "../edge/crashes";
import type { EdgeService } from "../edge/service";
import type { HttpServer } from "../http/http-server";
import type { ResourceBehaviours } from "../resources/resource";
import type { Authenticate } from "../signing/access";
import type { Credentials } from "../signing/credentials";
import type { Pace } from "../time/pace";

/** What the local cloud gives to each of its services. */
export interface Host {
    /** Epoch milliseconds. */
    readonly clock: () => number;
    /** How to pause where AWS would. */
    readonly pace: Pace;
    /** For people. */
    readonly log: (line: string) => void;
    /** The gate that every call passes. */
    readonly authorize: Authorize;
    /** Says who signed a request. */
    readonly authenticate: Authenticate;
    /** The administrator's key, and those of role sessions. */
    readonly credentials: Credentials;
    /** The server for clients, on which a service may mount a path. */
    readonly http: HttpServer;
    /** Base URL of the server for clients, once it listens: `http://127.0.0.1:4510`. */
    readonly httpUrl: () => string;
    /** Base URL of the endpoint for SDKs, once it listens: `http://127.0.0.1:4566`. */
    readonly awsUrl: () => string;
    /** Ends functions at requests of theirs, in tests. */
    readonly crashes: FunctionCrashes | undefined;
    /** Another service's own class, started first where it has not been. */
    readonly use: <Api>(service: Service<string, Api, never>) => Promise<Api>;
}

/** Policies that belong to resources of one AWS service. */
export interface ResourcePolicies {
    /** The service as ARNs name it: `arn:aws:<service>:…`. */
    readonly service: string;
    /** The policy of the resource with this ARN as JSON text, if it has one. */
    readonly of: (arn: string) => string | undefined;
    /** The ARNs of the resources that may have one. */
    readonly holders: () => readonly string[];
}

/** A service in service, and everything that it registers. */
export interface Started<Api> {
    /** What other services, and tests, work with. */
    readonly api: Api;
    /** What it answers at the endpoint for SDKs. */
    readonly endpoint?: EdgeService;
    /** The Pulumi resource types that it serves. */
    readonly resources?: ResourceBehaviours;
    readonly policies?: ResourcePolicies;
    /** Ends what it does of its own accord. Services that it uses still work then, and so does the endpoint. */
    readonly stop?: () => Promise<void>;
    /** Lets go of what requests need. Nobody asks any more. */
    readonly release?: () => Promise<void>;
}

/** One service of the local cloud, as its folder hands it to the catalogue. */
export interface Service<Name extends string = string, Api = unknown, Settings = object> {
    /** How `ServiceSettings` call it. */
    readonly name: Name;
    /** @param settings the settings for this service that the cloud was started with; empty if there are none. */
    start(host: Host, settings: Settings): Promise<Started<Api>> | Started<Api>;
}
