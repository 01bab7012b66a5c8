import { Dice } from "../../../simulation/dice";

/** Choices of a fuzz test, the same in each run with the same seed. */
export class Random {
    private readonly dice: Dice;

    constructor(seed: number) {
        this.dice = new Dice(seed);
    }

    hits(probability: number): boolean {
        return this.dice.hits(probability);
    }

    /** From 0 up to, but not including, `limit`. */
    below(limit: number): number {
        return Math.floor(this.dice.next() * limit);
    }

    one<T>(options: readonly T[]): T {
        const chosen = options[this.below(options.length)];
        if (chosen === undefined && options.length === 0) {
            throw new Error("there is nothing to choose from");
        }
        return chosen as T;
    }

    /** Runs one of the makers, each as likely as the others. */
    from<T>(makers: readonly (() => T)[]): T {
        return this.one(makers)();
    }

    /** `least` to `most` of what the maker makes. */
    several<T>(least: number, most: number, make: () => T): T[] {
        return Array.from({ length: least + this.below(most - least + 1) }, make);
    }
}
