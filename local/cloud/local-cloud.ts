import { randomBytes } from "node:crypto";
import * as path from "node:path";
import { REGION } from "../aws/account";
import type { HeldPolicy } from "../access/held-policy";
import type { LocalIssuer } from "../services/issuer/issuer";
import type { CloudOutputs, LocalOutputs } from "./outputs";
import type { Project } from "../program/project";
import { readProject } from "../program/project";
import type { StackResource } from "../program/stack";
import { LocalStack } from "../program/stack";
import { inertBehaviours } from "../services/cloudwatch/resources";
import type { ServicesOptions } from "./services";
import { Services } from "./services";
import type { Report } from "./step";
import { step } from "./step";

export interface LocalCloudOptions extends ServicesOptions {
    /** The repository: where the platform's program and the example's are. */
    readonly root: string;
    /** Folders below `root` with a `Pulumi.yaml` each. Defaults to the platform and the example. */
    readonly programs?: readonly string[];
    /** Progress and warnings, for people. */
    readonly report: Report;
    /** Ends a start that is under way. */
    readonly signal?: AbortSignal;
}

const STACK = "local";

const PROGRAMS = [".", "examples/orders-service"];

/** Both stacks in service on this machine, as `npm start` leaves them. */
export class LocalCloud {
    private readonly stacks = new Map<string, LocalStack>();
    private readonly webhookSecret = randomBytes(24).toString("base64url");

    private constructor(
        private readonly options: LocalCloudOptions,
        private readonly services: Services,
    ) {}

    /**
     * Starts the services, then runs both programs and puts their graphs in service.
     *
     * @throws Error with one clear message: a taken port, a program that fails, a function that does not bundle. Nothing
     *         is left running then.
     */
    static async start(options: LocalCloudOptions): Promise<LocalCloud> {
        const services = await step("starting the services", options.report, () => Services.start(options));
        const cloud = new LocalCloud(options, services);
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
        return { stacks, local: this.localOutputs() };
    }

    /** Every resource in service, of all stacks. */
    get graph(): readonly StackResource[] {
        return [...this.stacks.values()].flatMap((stack) => stack.graph);
    }

    /** Every policy in force: of roles, and of the resources that they and AWS services reach. */
    get policies(): readonly HeldPolicy[] {
        return this.services.policies();
    }

    /** Signs a token of the local issuer, also one that must be refused. */
    get mint(): LocalIssuer["mint"] {
        return this.services.issuer.mint.bind(this.services.issuer);
    }

    /** Runs both programs and applies what changed since the last time. */
    async deploy(): Promise<void> {
        const { root, programs = PROGRAMS } = this.options;
        const projects = programs.map((program) => readProject(path.join(root, program), STACK, this.placeholders()));
        const deployed = new Map<string, Promise<void>>();
        const failures: unknown[] = [];
        const failed = new AbortController();
        const { signal } = this.options;
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
        const stack =
            this.stacks.get(project.name) ??
            new LocalStack({
                behaviours: this.services.behaviours,
                referenced: async (name) => {
                    await deployed.get(name);
                    return this.stacks.get(projectOf(name))?.outputs;
                },
                log: (severity, message) => {
                    this.options.report(`${project.name}: ${severity === "warning" ? "warning: " : ""}${message}`);
                },
            });
        this.stacks.set(project.name, stack);
        await step(`deploying ${project.name}`, this.options.report, () => stack.deploy(project, signal));
    }

    /** Says once what the graphs have that is accepted without effect. */
    private listInert(): void {
        const types = this.graph.map(({ request }) => request.type);
        const inert = [...new Set(types)].filter((type) => type in inertBehaviours).sort();
        if (inert.length > 0) {
            this.options.report(`accepted, and without effect here: ${inert.join(", ")}`);
        }
    }

    private localOutputs(): LocalOutputs {
        const { http, aws, credentials } = this.services;
        const { accessKeyId, secretAccessKey } = credentials.administrator;
        return {
            http,
            aws,
            region: REGION,
            issuer: `${http}/_issuer`,
            tokenUrl: `${http}/_issuer/token`,
            webhookSecret: this.webhookSecret,
            credentials: { accessKeyId, secretAccessKey },
        };
    }

    /** What `Pulumi.local.yaml` may name, because only the running cloud knows it. */
    private placeholders(): Readonly<Record<string, string>> {
        const { http, issuer, tokenUrl, webhookSecret } = this.localOutputs();
        return {
            // As a browser writes an origin: without the port that HTTP has anyway.
            "local.http": new URL(http).origin,
            "local.httpLocalhost": new URL(http.replace("127.0.0.1", "localhost")).origin,
            "local.issuer": issuer,
            "local.tokenUrl": tokenUrl,
            "local.webhookSecret": webhookSecret,
        };
    }
}

function fullName(project: Project): string {
    return `organization/${project.name}/${project.stack}`;
}

function projectOf(stackName: string): string {
    return stackName.split("/")[1] ?? "";
}
