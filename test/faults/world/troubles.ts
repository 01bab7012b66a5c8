import type { AwsError } from "../../../local/aws/aws-error";
import { throttled } from "../support/throttled";
import type { Dice } from "../../../simulation/dice";
import type { PostFault } from "../../../simulation/gateway";

const ANSWERS: readonly PostFault[] = [
    { answer: 429 },
    { answer: 500 },
    { answer: 503, delivered: true },
    { answer: "reset" },
    { answer: "reset", delivered: true },
    { answer: "hang" },
    { answer: "hang", delivered: true },
];

/** What goes wrong in the platform: a number of requests to come fail, or kill who makes them. */
export class Troubles {
    private requestsToDeath = Infinity;
    private deathComes: "before" | "after" = "before";
    private throttledRequests = 0;
    private failingPosts = 0;
    private losesDisconnects = false;

    constructor(private readonly dice: Dice) {}

    crash(seed: number): void {
        this.requestsToDeath = seed % 12;
        this.deathComes = seed % 2 === 0 ? "before" : "after";
    }

    throttle(seed: number): void {
        this.throttledRequests = 1 + (seed % 10);
    }

    storm(seed: number): void {
        this.failingPosts = 1 + (seed % 20);
    }

    loseDisconnects(seed: number): void {
        this.losesDisconnects = seed % 2 === 0;
    }

    end(): void {
        this.requestsToDeath = Infinity;
        this.throttledRequests = this.failingPosts = 0;
        this.losesDisconnects = false;
    }

    /** Whether the environment that makes a request dies on it. */
    readonly death = (): "before" | "after" | undefined => {
        this.requestsToDeath -= 1;
        if (this.requestsToDeath >= 0) {
            return undefined;
        }
        this.requestsToDeath = Infinity;
        return this.deathComes;
    };

    readonly ofDynamoDb = (): AwsError | undefined => {
        if (this.throttledRequests === 0 || this.dice.next() < 0.2) {
            return undefined;
        }
        this.throttledRequests -= 1;
        return throttled();
    };

    readonly ofPost = (): PostFault | undefined => {
        if (this.failingPosts === 0) {
            return undefined;
        }
        this.failingPosts -= 1;
        return ANSWERS[Math.floor(this.dice.next() * ANSWERS.length)];
    };

    readonly isDisconnectLost = (): boolean => this.losesDisconnects;
}
