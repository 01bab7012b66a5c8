import type { FunctionRequest } from "../../../local/edge/crashes";

/** What a request of a function comes to, decided by the world. */
export interface Trouble {
    /** Whether the execution environment dies on the request, before it takes effect or after. */
    death(request: FunctionRequest): "before" | "after" | undefined;
}

/** Thrown in a function that has died: nobody hears of what it does any more. */
export class Death extends Error {
    override readonly name = "Death";
}

/** One execution environment: whatever its function asks of the cloud passes here, until it dies. */
export class Environment {
    isDead = false;

    constructor(
        readonly functionName: string,
        private readonly trouble: Trouble,
    ) {}

    async request<T>(operation: string, carryOut: () => Promise<T>): Promise<T> {
        this.requireLife();
        const death = this.trouble.death({ functionName: this.functionName, operation });
        if (death === "before") {
            this.isDead = true;
        }
        this.requireLife();
        const answer = await carryOut();
        if (death === "after") {
            this.isDead = true;
        }
        this.requireLife();
        return answer;
    }

    private requireLife(): void {
        if (this.isDead) {
            throw new Death(`${this.functionName} has died`);
        }
    }
}
