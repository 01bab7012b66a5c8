import { randomUUID } from "node:crypto";
import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { CallContext, FunctionInvoker, InvocationResult } from "../../aws/invoker";
import type { Pace } from "../../time/pace";
import { assumeRole, roleSession } from "../../signing/role-session";
import type { QueueSender } from "../sqs/queues";
import { runToEnd } from "./async-invocation";
import type { EventInvokeSettings, FunctionSettings } from "./function";
import { functionArn, validateEventInvoke, validateSettings } from "./function";
import { functionName } from "./function-name";
import { limited, requireSize } from "./payload";
import { SandboxPool } from "./sandbox/pool";
import { FunctionPolicy } from "./resource-policy";
import type { Invocation, Outcome } from "./sandbox/sandbox";
import type { SandboxDependencies } from "./sandbox-factory";
import { createSandbox } from "./sandbox-factory";
import { Workspace } from "./sandbox/workspace";
import { messageOf } from "../../aws/message-of";

/** An environment is not used any more when an invocation could outlive its credentials by this. */
const CREDENTIAL_MARGIN_MS = 60_000;

export interface LambdaDependencies extends SandboxDependencies {
    readonly authorize: Authorize;
    readonly pace: Pace;
    /** For failure destinations and dead-letter queues. */
    readonly queues: QueueSender;
    readonly limits?: Partial<LambdaLimits> | undefined;
}

export interface LambdaLimits {
    /** The account's concurrent invocations, beyond which callers are throttled. Defaults to AWS's 1,000. */
    readonly concurrency: number;
    /**
     * Threads per function. AWS would start an environment for each concurrent invocation; a laptop cannot, so
     * invocations beyond this wait their turn. Defaults to 8.
     */
    readonly sandboxes: number;
    /** How long an environment is kept without work. Defaults to 5 minutes. */
    readonly idleMs: number;
}

const DEFAULT_LIMITS: LambdaLimits = { concurrency: 1_000, sandboxes: 8, idleMs: 300_000 };

/** A function in service. */
export interface LambdaFunction {
    readonly arn: string;
    readonly settings: FunctionSettings;
    readonly modifiedAt: number;
    readonly policy: FunctionPolicy;
    readonly eventInvoke: EventInvokeSettings;
}

interface Deployed extends LambdaFunction {
    settings: FunctionSettings;
    modifiedAt: number;
    eventInvoke: EventInvokeSettings;
    pool: SandboxPool;
    directory: string;
    running: number;
}

/** The account's functions: runs them from their archives, each under its role, in threads. */
export class LambdaFunctions implements FunctionInvoker {
    private readonly functions = new Map<string, Deployed>();
    private readonly workspace = new Workspace();
    private readonly limits: LambdaLimits;
    private readonly ending = new AbortController();
    /** Former versions that are still busy. */
    private retired: readonly SandboxPool[] = [];
    private readonly background = new Set<Promise<void>>();

    constructor(private readonly dependencies: LambdaDependencies) {
        this.limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
    }

    /** @throws AwsError ResourceConflictException for a taken name, InvalidParameterValueException for bad settings. */
    create(settings: FunctionSettings): LambdaFunction {
        validateSettings(settings);
        this.requireTrust(settings);
        if (this.functions.has(settings.name)) {
            throw new AwsError("ResourceConflictException", `Function already exist: ${settings.name}`, 409);
        }
        const deployed: Deployed = {
            arn: functionArn(settings.name),
            policy: new FunctionPolicy(),
            eventInvoke: {},
            running: 0,
            ...this.deploy(settings),
        };
        this.functions.set(settings.name, deployed);
        return deployed;
    }

    /** Puts a new version in service; invocations under way finish in the old one. Throws an `AwsError`. */
    update(settings: FunctionSettings): LambdaFunction {
        validateSettings(settings);
        this.requireTrust(settings);
        const deployed = this.get(settings.name);
        this.retire(deployed);
        return Object.assign(deployed, this.deploy(settings));
    }

    delete(name: string): void {
        const deployed = this.functions.get(name);
        if (deployed !== undefined) {
            this.functions.delete(name);
            this.retire(deployed);
        }
    }

    list(): readonly LambdaFunction[] {
        return [...this.functions.values()];
    }

    /** By name, or by ARN in full, in part, or with the qualifier `$LATEST`. Other qualifiers throw an `AwsError`. */
    find(nameOrArn: string): LambdaFunction | undefined {
        return this.functions.get(functionName(nameOrArn));
    }

    setEventInvoke(name: string, settings: EventInvokeSettings): void {
        validateEventInvoke(name, settings);
        this.get(name).eventInvoke = settings;
    }

    /** The function's resource policy as JSON text, where it has one. */
    resourcePolicy(arn: string): string | undefined {
        const found = this.find(arn);
        return found?.policy.render(found.arn);
    }

    async invoke(arn: string, payload: unknown, caller: Principal, context?: CallContext): Promise<InvocationResult> {
        const deployed = this.open(arn, caller, "lambda:InvokeFunction", context);
        return toResult(
            await this.run(deployed, { requestId: randomUUID(), payload: JSON.stringify(payload ?? null) }),
        );
    }

    async invokeAsync(arn: string, payload: unknown, caller: Principal): Promise<void> {
        this.accept(arn, randomUUID(), JSON.stringify(payload ?? null), caller);
    }

    /** Invoke with RequestResponse, as the API has it: JSON text in and out. */
    async invokeText(nameOrArn: string, invocation: Invocation, caller: Principal): Promise<Outcome> {
        return this.run(this.open(nameOrArn, caller), invocation);
    }

    /** Invoke with Event: queued, and run to its end in the background. Throws an `AwsError` if it is not accepted. */
    accept(nameOrArn: string, requestId: string, payload: string, caller: Principal): void {
        const { settings, arn } = this.open(nameOrArn, caller);
        const { name } = settings;
        requireSize(payload, "Event");
        const done = runToEnd(
            { requestId, functionArn: arn, payload, acceptedAt: this.dependencies.clock() },
            {
                ...this.dependencies,
                signal: this.ending.signal,
                run: async () => this.run(this.get(name), { requestId, payload }),
                configuration: () => {
                    const current = this.get(name);
                    return { ...current, role: roleSession(current.settings.roleArn, name) };
                },
            },
        );
        const tracked = done.catch((error: unknown) => {
            this.dependencies.log(`lambda: dropped an event for ${arn}: ${messageOf(error)}`);
        });
        this.background.add(tracked);
        void tracked.finally(() => this.background.delete(tracked));
    }

    /** Passes the gate for an operation on a function, then finds it. Throws ResourceNotFoundException. */
    open(
        nameOrArn: string,
        caller: Principal,
        action = "lambda:InvokeFunction",
        context: CallContext = {},
    ): LambdaFunction {
        const name = functionName(nameOrArn);
        this.authorize(action, functionArn(name), caller, context);
        return this.get(name);
    }

    /** Passes the gate with any action and resource of Lambda. */
    authorize(action: string, resource: string, principal: Principal, context: CallContext = {}): void {
        this.dependencies.authorize({ principal, action, resource, context });
    }

    /**
     * Runs the function for its own event source, which needs nobody's permission to invoke it.
     * Rejects with an `AwsError` when the function is gone or throttled.
     */
    async runForSource(nameOrArn: string, payload: unknown): Promise<InvocationResult> {
        return toResult(
            await this.run(this.get(functionName(nameOrArn)), {
                requestId: randomUUID(),
                payload: JSON.stringify(payload),
            }),
        );
    }

    /** Kills the execution environment with that access key in the middle of what it does. */
    async kill(accessKeyId: string): Promise<void> {
        const pools = [...[...this.functions.values()].map(({ pool }) => pool), ...this.retired];
        await Promise.all(pools.map((pool) => pool.kill(accessKeyId)));
    }

    /** Ends every sandbox and every retry. What runs at this moment does not finish. */
    async close(): Promise<void> {
        this.ending.abort();
        const pools = [...this.functions.values()].map(({ pool }) => pool);
        await Promise.all([...pools, ...this.retired].map((pool) => pool.close()));
        await Promise.all(this.background);
        this.workspace.close();
    }

    /** Lambda takes on the role as itself, and tells IAM of no function for which it does. */
    private requireTrust({ roleArn, name }: FunctionSettings): void {
        try {
            assumeRole(this.dependencies.authorize, { service: "lambda.amazonaws.com" }, roleArn, name);
        } catch (error) {
            if (!(error instanceof AwsError)) {
                throw error;
            }
            throw new AwsError(
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
            );
        }
    }

    private get(name: string): Deployed {
        const deployed = this.functions.get(name);
        if (deployed === undefined) {
            throw new AwsError("ResourceNotFoundException", `Function not found: ${functionArn(name)}`, 404, {
                Type: "User",
            });
        }
        return deployed;
    }

    private async run({ settings: { name } }: LambdaFunction, invocation: Invocation): Promise<Outcome> {
        const deployed = this.get(name);
        requireSize(invocation.payload, "RequestResponse");
        this.requireConcurrency(deployed);
        deployed.running += 1;
        try {
            return limited(await deployed.pool.run(invocation));
        } finally {
            deployed.running -= 1;
        }
    }

    private requireConcurrency({ settings, running }: Deployed): void {
        if (settings.reservedConcurrency !== undefined) {
            if (running >= settings.reservedConcurrency) {
                throw throttled("ReservedFunctionConcurrentInvocationLimitExceeded");
            }
            return;
        }
        const others = [...this.functions.values()];
        const reserved = others.reduce((sum, other) => sum + (other.settings.reservedConcurrency ?? 0), 0);
        const shared = others.filter((other) => other.settings.reservedConcurrency === undefined);
        if (shared.reduce((sum, other) => sum + other.running, 0) >= this.limits.concurrency - reserved) {
            throw throttled("ConcurrentInvocationLimitExceeded");
        }
    }

    private deploy(settings: FunctionSettings): Pick<Deployed, "settings" | "modifiedAt" | "pool" | "directory"> {
        const directory = this.workspace.unpack(settings.name, settings.code);
        const pool = new SandboxPool({
            create: () => createSandbox(settings, directory, this.workspace, this.dependencies),
            maximum: this.limits.sandboxes,
            idleMs: this.limits.idleMs,
            clock: this.dependencies.clock,
            credentialMarginMs: settings.timeoutSeconds * 1_000 + CREDENTIAL_MARGIN_MS,
        });
        return { settings, modifiedAt: this.dependencies.clock(), pool, directory };
    }

    /** The old version's directory stays until the end: a sandbox that is still busy may read from it. */
    private retire({ pool }: Deployed): void {
        pool.retire();
        this.retired = [...this.retired, pool].filter(({ size }) => size > 0);
    }
}

function throttled(reason: string): AwsError {
    return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, { Type: "User", Reason: reason });
}

function toResult(outcome: Outcome): InvocationResult {
    if (outcome.ok) {
        return { ok: true, payload: JSON.parse(outcome.payload) as unknown };
    }
    const { errorType, errorMessage, trace } = outcome.error;
    return { ok: false, errorType, errorMessage, stack: trace };
}
