import * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "./program-error";

/** Collects everything that is wrong with a component's arguments, to report it at once. */
export class InputProblems {
    private readonly problems: { propertyPath: string; reason: string }[] = [];

    /** @param component the component that cannot be created, for example `PushNamespace "orders"` */
    constructor(private readonly component: string) {}

    /** @param propertyPath the argument, for example `subscribe[0].channel` */
    add(propertyPath: string, reason: string): void {
        this.problems.push({ propertyPath, reason });
    }

    /**
     * @throws pulumi.InputPropertiesError when there are problems. The reasons are in its message too, because only a
     *         provider's host prints the list; a program written in TypeScript shows the message alone.
     */
    throwIfAny(): void {
        if (this.problems.length > 0) {
            throw new pulumi.InputPropertiesError({
                message: this.message(),
                errors: this.problems,
            });
        }
    }

    /** @throws ProgramError when there are problems with values that were not known before: Pulumi shows it once. */
    throwLater(): void {
        if (this.problems.length > 0) {
            throw new ProgramError(this.message());
        }
    }

    private message(): string {
        const lines = this.problems.map(({ propertyPath, reason }) => `  \`${propertyPath}\`: ${reason}`);
        return `${this.component} cannot be created:\n${lines.join("\n")}`;
    }
}
