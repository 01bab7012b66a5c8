import { AwsError } from "../../aws/aws-error";
import type { PipeDependencies, PipeSettings } from "./pipe";
import { Pipe } from "./pipe";

/** The account's pipes. */
export class Pipes {
    private readonly pipes = new Map<string, Pipe>();

    constructor(private readonly dependencies: PipeDependencies) {}

    /** Puts a pipe in service. Throws an `AwsError`: not served, a taken name, a stream that its role may not read. */
    create(settings: PipeSettings): Pipe {
        if (this.pipes.has(settings.name)) {
            throw new AwsError("ConflictException", `Pipe ${settings.name} already exists.`, 409);
        }
        const pipe = new Pipe(settings, this.dependencies);
        pipe.start();
        this.pipes.set(settings.name, pipe);
        return pipe;
    }

    /** Changes the pipe of this name; it goes on where it was in its stream. */
    async update(settings: PipeSettings): Promise<Pipe> {
        const before = this.pipes.get(settings.name);
        await before?.close();
        const from = before?.settings.source === settings.source ? before.checkpoint : undefined;
        const pipe = new Pipe(settings, this.dependencies, from);
        this.pipes.set(settings.name, pipe);
        pipe.start();
        return pipe;
    }

    find(name: string): Pipe | undefined {
        return this.pipes.get(name);
    }

    async delete(name: string): Promise<void> {
        const pipe = this.pipes.get(name);
        this.pipes.delete(name);
        await pipe?.close();
    }

    async close(): Promise<void> {
        await Promise.all([...this.pipes.values()].map((pipe) => pipe.close()));
    }
}
