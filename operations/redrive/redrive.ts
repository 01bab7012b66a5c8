import type { DeliveryQueue } from "../../functions/deliveries/delivery-queue";
import type { JsonObject } from "../../contract/json";
import type { DeliveryRedrive, EventRedrive } from "./letter";
import { readLetter } from "./letter";

/** A message of the dead-letter queue that nobody else sees for now. */
export interface HeldLetter {
    readonly messageId: string;
    readonly body: string;
    /** Takes it off the queue for good. */
    remove(): Promise<void>;
    /** Lets others see it again. */
    release(): Promise<void>;
}

/** The dead-letter queue. */
export interface Letters {
    /** Holds some letters; none when there are no more to be seen. */
    receive(): Promise<readonly HeldLetter[]>;
}

/** The notifier. Resolves with its report once the event is published, and rejects where that failed. */
export type PublishAgain = (event: JsonObject) => Promise<JsonObject>;

export interface RedriveDeps {
    readonly letters: Letters;
    readonly publish: PublishAgain;
    readonly deliveries: DeliveryQueue;
    readonly clock: () => number;
    /** Takes a line for the operator. */
    readonly print: (line: string) => void;
}

export interface RedriveOptions {
    /** If not, it is only said what would be done. */
    readonly execute: boolean;
    /** Only letters with this reason. */
    readonly reason?: string;
}

export interface RedriveSummary {
    /** Letters whose message was published again, or would be. */
    readonly redriven: number;
    /** Letters that stay: of another reason, unreadable, or published in vain. */
    readonly kept: number;
}

/**
 * Publishes every dead letter's message again, under the key that it had: a client that has it already does not get it
 * twice. A letter is removed only after that; one that comes to be a dead letter again during the run is left alone.
 */
export async function redrive(deps: RedriveDeps, options: RedriveOptions): Promise<RedriveSummary> {
    const seen = new Set<string>();
    const held = new Map<string, HeldLetter>();
    let redriven = 0;
    let kept = 0;
    for (;;) {
        const letters = await deps.letters.receive();
        if (letters.length === 0) {
            break;
        }
        for (const letter of letters) {
            // One that was held for too long comes again, and is held anew.
            if (!held.has(letter.messageId)) {
                if (await handle(deps, options, letter, seen)) {
                    redriven++;
                } else {
                    kept++;
                }
            }
            held.set(letter.messageId, letter);
        }
    }
    await releaseAll(deps, [...held.values()]);
    return { redriven, kept };
}

/** A letter that cannot be released becomes visible again by itself, later. */
async function releaseAll({ print }: RedriveDeps, letters: readonly HeldLetter[]): Promise<void> {
    const outcomes = await Promise.allSettled(letters.map((letter) => letter.release()));
    const count = outcomes.filter(({ status }) => status === "rejected").length;
    if (count > 0) {
        print(`${count} letters are still held, and can be seen again within some minutes`);
    }
}

/** Whether the letter's message was published, or would be. */
async function handle(
    deps: RedriveDeps,
    options: RedriveOptions,
    letter: HeldLetter,
    seen: Set<string>,
): Promise<boolean> {
    const { print } = deps;
    const message = readLetter(letter.body, deps.clock());
    if (message.kind === "kept") {
        print(`keep      ${letter.messageId}  ${message.reason}: ${message.why}`);
        return false;
    }
    const text = `${describe(message)}  ${message.reason}`;
    if (options.reason !== undefined && options.reason !== message.reason) {
        return false;
    }
    if (message.kind === "event" && seen.has(`event ${message.id}`)) {
        print(`keep      ${text}: it was published in this run already`);
        return false;
    }
    if (!options.execute) {
        print(`would     ${text}`);
        return true;
    }
    try {
        const outcome = await publish(deps, message);
        seen.add(`${message.kind} ${message.id}`);
        await letter.remove();
        print(`redriven  ${text}  ${outcome}`);
        return true;
    } catch (error) {
        print(`failed    ${text}: ${error instanceof Error ? error.message : String(error)}`);
        return false;
    }
}

async function publish(
    { publish: publishAgain, deliveries }: RedriveDeps,
    message: EventRedrive | DeliveryRedrive,
): Promise<string> {
    if (message.kind === "event") {
        return JSON.stringify(await publishAgain(message.event));
    }
    await deliveries.send(message.tasks, 0);
    return "queued";
}

function describe(message: EventRedrive | DeliveryRedrive): string {
    if (message.kind === "event") {
        const { source, namespace, event } = message.event;
        return `publish ${String(source ?? namespace)} ${String(message.event["detail-type"] ?? event)} ${message.id}`;
    }
    const [task] = message.tasks;
    if (task?.kind === "replay") {
        return `replay ${task.channels.map(({ channel }) => channel).join(", ")} to ${message.id}`;
    }
    const count = message.tasks.reduce((sum, task) => sum + (task.kind === "chunk" ? task.recipients.length : 0), 0);
    const audience = count === 0 ? "a part of its audience" : `${count} connections`;
    return `deliver ${message.id} on ${task?.push.channel ?? "no channel"} to ${audience}`;
}
