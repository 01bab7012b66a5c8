import { isObject } from "../../contract/json";
import type { DeliveryRedrive, EventRedrive, Redrive } from "./letter";

/** What a redrive does with the letter's message, for one line on a terminal. */
export function describe(message: EventRedrive | DeliveryRedrive): string {
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

/** Why it is a dead letter: the reason's name, and the letter's own words. */
export function describeReason({ reason, message }: Redrive): string {
    return message === undefined ? reason : `${reason}: ${printable(message)}`;
}

/** Publishers' own text is in it, and must not steer a terminal. */
export function printable(text: string): string {
    return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/**
 * The names that a letter's message has, and by which it is known should it come back. An event may have one of its
 * own, which its deliveries have too, and a table's change has that of its record.
 */
export function namesOf(message: EventRedrive | DeliveryRedrive): readonly string[] {
    if (message.kind === "deliveries") {
        return [message.id];
    }
    const { detail, id } = message.event;
    const { id: own, tableChange } = isObject(detail) ? detail : { id, tableChange: undefined };
    const record = isObject(tableChange) ? tableChange["eventId"] : undefined;
    return [message.id, own, record].filter((name) => typeof name === "string");
}
