/** Random numbers that are the same in each run with the same seed. */
export class Dice {
    constructor(private state: number) {}

    /** From 0 up to, but not including, 1. Mulberry32. */
    readonly next = (): number => {
        this.state = (this.state + 0x6d2b79f5) | 0;
        let value = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
        value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
        return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
    };

    hits(probability: number): boolean {
        return probability > 0 && this.next() < probability;
    }

    /** A time that is at least `least` and on average `mean` more, as the answers of services are spread. */
    delay(least: number, mean: number): number {
        return least - mean * Math.log(1 - this.next());
    }

    /** How often something happens that happens `mean` times on average. */
    count(mean: number): number {
        let happened = -1;
        for (let left = Math.exp(-mean), product = 1; product > left; happened++) {
            product *= this.next();
        }
        return happened;
    }
}
