/** Thrown to whoever waits for an execution environment that has died. */
export class DiedError extends Error {
    override readonly name = "DiedError";

    constructor(functionName: string) {
        super(`${functionName} has died`);
    }
}

/** What a request of a function comes to: whether its environment dies on it, before it takes effect or after. */
export type Fate = (operation: string) => "before" | "after" | undefined;

const UNHARMED: Fate = () => undefined;

/** Whether an execution environment still lives. What a dead one has begun never ends, and it begins nothing. */
export class Life {
    readonly ended: Promise<void>;
    private over = false;
    private end: () => void = () => undefined;

    constructor(private readonly fate: Fate = UNHARMED) {
        this.ended = new Promise((resolve) => {
            this.end = resolve;
        });
    }

    get isOver(): boolean {
        return this.over;
    }

    kill(): void {
        this.over = true;
        this.end();
    }

    /** The same function, as long as the environment lives. */
    during<Args extends unknown[], T>(act: (...args: Args) => Promise<T>): (...args: Args) => Promise<T> {
        return (...args) => this.request("", () => act(...args));
    }

    /** Whatever a function asks of the cloud, until the environment dies: of itself, or by its fate. */
    async request<T>(operation: string, act: () => Promise<T>): Promise<T> {
        await this.outliving();
        const death = this.fate(operation);
        if (death === "before") {
            this.kill();
            await this.outliving();
        }
        const result = await act();
        if (death === "after") {
            this.kill();
        }
        await this.outliving();
        return result;
    }

    /** Never resolves in a dead environment. */
    private outliving(): Promise<void> | undefined {
        return this.over ? new Promise(() => undefined) : undefined;
    }
}
