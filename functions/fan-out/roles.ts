import { burstOf, paceFor } from "./pace";

/** The settings in which the notifier and the deliverer differ. */
export interface FanOutRole {
    /** Posts that may be made at once, after a pause. */
    readonly burst: number;
    /** See `PostingDeps`. */
    readonly patient: boolean;
    /** How long it reads an audience, in milliseconds. */
    readonly budgetMs: number;
}

/** A notifier posts at once, or leaves it to the deliverers. */
export function notifierRole(deliveryRate: number): FanOutRole {
    return { burst: paceFor(deliveryRate).directAudience, patient: false, budgetMs: 60_000 };
}

/** A deliverer waits for its turn to post. */
export function delivererRole(deliveryRate: number): FanOutRole {
    return { burst: burstOf(paceFor(deliveryRate).workerRate), patient: true, budgetMs: 10_000 };
}
