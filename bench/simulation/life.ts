/** Whether an execution environment still lives. What a dead one has begun never ends, and it begins nothing. */
export class Life {
    readonly ended: Promise<void>;
    private over = false;
    private end: () => void = () => undefined;

    constructor() {
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
        return async (...args) => {
            await this.outliving();
            const result = await act(...args);
            await this.outliving();
            return result;
        };
    }

    /** Never resolves in a dead environment. */
    private outliving(): Promise<void> | undefined {
        return this.over ? new Promise(() => undefined) : undefined;
    }
}
