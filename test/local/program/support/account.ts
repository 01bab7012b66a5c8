import type { ResourceBehaviours } from "../../../../local/resources/resource";

export const QUEUE = "aws:sqs/queue:Queue";
export const POLICY = "aws:sqs/queuePolicy:QueuePolicy";

interface Held {
    readonly begun: Promise<void>;
    readonly finish: () => void;
}

/** Plays the account: keeps what is asked of it, and refuses what the test names. */
export class Account {
    readonly refuses = new Set<string>();
    private readonly events: string[] = [];
    private readonly held = new Map<string, { begin: () => void; finished: Promise<void> }>();

    get behaviours(): ResourceBehaviours {
        return {
            [QUEUE]: {
                create: ({ name }) => this.act(`create ${name}`, { id: name, outputs: { url: `url of ${name}` } }),
                replaces: ({ inputs }, { outputs }) => inputs["fifoQueue"] !== outputs["fifoQueue"],
                update: ({ name }, current) => this.act(`update ${name}`, current),
                delete: ({ id }) => this.act(`delete ${id}`, undefined),
            },
            // Without `update`, as the simpler types are.
            [POLICY]: {
                create: ({ name }) => this.act(`create ${name}`, { id: name, outputs: {} }),
                delete: ({ id }) => this.act(`delete ${id}`, undefined),
            },
        };
    }

    /** What happened since `told` was last asked. */
    get inOrder(): readonly string[] {
        return [...this.events];
    }

    /** What happened since this was last asked, sorted: programs register side by side. */
    told(): readonly string[] {
        return this.events.splice(0).sort();
    }

    /** Lets this action begin and not end until the test says so. */
    hold(event: string): Held {
        let begin = (): void => undefined;
        let finish = (): void => undefined;
        const begun = new Promise<void>((resolve) => (begin = resolve));
        const finished = new Promise<void>((resolve) => (finish = resolve));
        this.held.set(event, { begin, finished });
        return { begun, finish };
    }

    private async act<T>(event: string, outcome: T): Promise<T> {
        const held = this.held.get(event);
        held?.begin();
        await held?.finished;
        this.events.push(event);
        if (this.refuses.has(event)) {
            throw new Error(`${event} is refused`);
        }
        return outcome;
    }
}
