import { randomBytes } from "node:crypto";
import * as path from "node:path";
import type { HeldPolicy } from "../access/held-policy";
import { REGION } from "../aws/account";
import type { FindStack } from "../program/deployment";
import type { Project } from "../program/project";
import { readProject } from "../program/project";
import type { StackResource } from "../program/graph";
import { LocalStack } from "../program/stack";
import type { LocalIssuer } from "../services/issuer/issuer";
import { issuer } from "../services/issuer/service";
import type { CloudOutputs, LocalOutputs } from "./outputs";
import type { Programs } from "./programs";
import type { ServicesOptions } from "./services";
import { Services } from "./services";
import type { Report } from "./step";
import { step } from "./step";

export interface LocalCloudOptions extends ServicesOptions {
    /** The repository: where the programs are. */
    readonly root: string;
    readonly programs: Programs;
    /** Progress and warnings, for people. */
    readonly report: Report;
    /** Ends a start that is under way. */
    readonly signal?: AbortSignal;
}

const DEFAULT_STACK = "local";

/** Pulumi programs in service on this machine, as `npm start` leaves them. */
export class LocalCloud {
    private readonly stacks = new Map<string, LocalStack>();
    private readonly secrets: Readonly<Record<string, string>>;

    private constructor(
        private readonly options: LocalCloudOptions,
        private readonly services: Services,
        private readonly issuer: LocalIssuer,
    ) {
        const { secrets = [] } = options.programs;
        this.secrets = Object.fromEntries(secrets.map((name) => [name, randomBytes(24).toString("base64url")]));
    }

    /**
     * Starts the services, then runs the programs and puts their graphs in service.
     *
     * @throws Error with one clear message: a taken port, a program that fails, a function that does not bundle. Nothing
     *         is left running then.
     */
    static async start(options: LocalCloudOptions): Promise<LocalCloud> {
        const services = await step("starting the services", options.report, () =>
            Services.start(withAudience(options)),
        );
        const cloud = new LocalCloud(options, services, await services.use(issuer));
        try {
            await cloud.deploy();
            cloud.listInert();
            return cloud;
        } catch (error) {
            await services.close();
            throw error;
        }
    }

    get outputs(): CloudOutputs {
        const stacks = Object.fromEntries([...this.stacks].map(([name, stack]) => [name, stack.outputs]));
        return { stacks, local: this.localOutputs(), secrets: this.secrets };
    }

    /** Every resource in service, of all stacks. */
    get graph(): readonly StackResource[] {
        return [...this.stacks.values()].flatMap((stack) => stack.graph);
    }

    /** Every policy in force: of roles, and of the resources that they and AWS services reach. */
    get policies(): readonly HeldPolicy[] {
        return this.services.policies;
    }

    /** Signs a token of the local issuer, also one that must be refused. */
    get mint(): LocalIssuer["mint"] {
        return this.issuer.mint.bind(this.issuer);
    }

    /** Runs the programs and applies what changed since the last time. */
    async deploy(): Promise<void> {
        const { root, programs, signal } = this.options;
        const { folders, stack = DEFAULT_STACK } = programs;
        const projects = folders.map((folder) => readProject(path.join(root, folder), stack, this.placeholders()));
        await this.destroyAllBut(projects);
        const deployed = new Map<string, Promise<void>>();
        const failures: unknown[] = [];
        const failed = new AbortController();
        const ending = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
        for (const project of projects) {
            // All at once: a program that refers to another stack waits for it, with its modules already loaded.
            const deploying = this.deployOne(project, deployed, ending).catch((error: unknown) => {
                failures.push(error);
                // Nobody needs the others any more, and one failure is to be told at once.
                failed.abort();
                throw error;
            });
            deployed.set(fullName(project), deploying);
        }
        await Promise.allSettled(deployed.values());
        if (failures.length > 0) {
            throw failures[0];
        }
    }

    async close(): Promise<void> {
        await this.services.close();
    }

    private async deployOne(
        project: Project,
        deployed: ReadonlyMap<string, Promise<void>>,
        signal: AbortSignal,
    ): Promise<void> {
        const stack = this.stacks.get(project.name) ?? this.createStack(project);
        this.stacks.set(project.name, stack);
        const findStack: FindStack = async (name) => {
            await deployed.get(name);
            return this.stacks.get(projectOf(name));
        };
        await step(`deploying ${project.name}`, this.options.report, () => stack.deploy(project, findStack, signal));
    }

    private createStack({ name }: Project): LocalStack {
        return new LocalStack({
            behaviours: this.services.behaviours,
            log: (severity, message) => {
                this.options.report(`${name}: ${severity === "warning" ? "warning: " : ""}${message}`);
            },
        });
    }

    /** A project that has another name now is another stack, and may want the names that the former one holds. */
    private async destroyAllBut(projects: readonly Project[]): Promise<void> {
        const gone = [...this.stacks].filter(([name]) => projects.every((project) => project.name !== name));
        for (const [name, stack] of gone.reverse()) {
            await stack.destroy();
            this.stacks.delete(name);
        }
    }

    /** Says once what the graphs have that is accepted without effect. */
    private listInert(): void {
        const types = this.graph.map(({ request }) => request.type);
        const inert = [...new Set(types)].filter((type) => this.services.behaviours[type]?.inert === true).sort();
        if (inert.length > 0) {
            this.options.report(`accepted, and without effect here: ${inert.join(", ")}`);
        }
    }

    private localOutputs(): LocalOutputs {
        const { urls, credentials } = this.services;
        const { accessKeyId, secretAccessKey } = credentials.administrator;
        return {
            ...urls,
            region: REGION,
            issuer: this.issuer.url,
            tokenUrl: this.issuer.tokenUrl,
            credentials: { accessKeyId, secretAccessKey },
        };
    }

    /** What `Pulumi.<stack>.yaml` may name, because only the running cloud knows it. */
    private placeholders(): Readonly<Record<string, string>> {
        const { http, issuer: issuerUrl, tokenUrl } = this.localOutputs();
        const secrets = Object.entries(this.secrets).map(([name, secret]) => [`local.${name}`, secret]);
        return {
            ...(Object.fromEntries(secrets) as Record<string, string>),
            // As a browser writes an origin: without the port that HTTP has anyway.
            "local.http": new URL(http).origin,
            "local.httpLocalhost": new URL(http.replace("127.0.0.1", "localhost")).origin,
            "local.issuer": issuerUrl,
            "local.tokenUrl": tokenUrl,
        };
    }
}

function withAudience({ programs: { audience }, ...options }: LocalCloudOptions): ServicesOptions {
    return audience === undefined ? options : { ...options, services: { issuer: { audience }, ...options.services } };
}

function fullName(project: Project): string {
    return `organization/${project.name}/${project.stack}`;
}

function projectOf(stackName: string): string {
    return stackName.split("/")[1] ?? "";
}
