import type { EdgeService } from "../edge/service";
import type { ResourceBehaviours } from "../resources/resource";
import type { Host, ResourcePolicies, Service, Started } from "./service";

type AnyService = Service<string, unknown, never>;

/** The services of one local cloud: starts each once, those that it uses before it, and joins what they register. */
export class StartedServices {
    private readonly starting = new Map<AnyService, Promise<Started<unknown>>>();
    /** In the order in which they were ready: a service comes after all that it uses. */
    private readonly started: Started<unknown>[] = [];
    private readonly types = new Map<string, string>();

    /** @param settings by service name. */
    constructor(
        private readonly host: Omit<Host, "use">,
        private readonly settings: Readonly<Record<string, object | undefined>>,
    ) {}

    async use<Api>(service: Service<string, Api, never>): Promise<Api> {
        const starting = this.starting.get(service) ?? this.start(service);
        this.starting.set(service, starting);
        // The map holds what this very service's `start` returned.
        return (await starting).api as Api;
    }

    get endpoints(): readonly EdgeService[] {
        return this.started.flatMap(({ endpoint }) => endpoint ?? []);
    }

    get behaviours(): ResourceBehaviours {
        return Object.assign({}, ...this.started.map(({ resources }) => resources)) as ResourceBehaviours;
    }

    /** A resource's own policy as JSON text: a function's, a queue's, the trust policy of a role. */
    resourcePolicy(arn: string): string | undefined {
        const [, , service] = arn.split(":");
        return this.policies.find((policies) => policies.service === service)?.of(arn);
    }

    /** The ARN of every resource that may have a policy of its own. */
    policyHolders(): readonly string[] {
        return this.policies.flatMap(({ holders }) => holders());
    }

    /** Ends what the services do of their own accord: those first that use others. */
    async stop(): Promise<void> {
        for (const { stop } of this.started.toReversed()) {
            await stop?.();
        }
    }

    /** Lets go of everything. Nobody may ask any more. */
    async release(): Promise<void> {
        for (const { release } of this.started.toReversed()) {
            await release?.();
        }
    }

    private get policies(): readonly ResourcePolicies[] {
        return this.started.flatMap(({ policies }) => policies ?? []);
    }

    private async start(service: AnyService): Promise<Started<unknown>> {
        const host: Host = { ...this.host, use: (other) => this.use(other) };
        // The code that composes the cloud gives each service the settings of its own type, by its name.
        const started = await service.start(host, (this.settings[service.name] ?? {}) as never);
        for (const type of Object.keys(started.resources ?? {})) {
            const other = this.types.get(type);
            if (other !== undefined) {
                throw new Error(`${service.name} and ${other} both serve ${type}: one of them must leave it`);
            }
            this.types.set(type, service.name);
        }
        this.started.push(started);
        return started;
    }
}
