import type { HistorySettings } from "../../contract/namespace";
import type { Position } from "../../contract/protocol";
import type { Head, Ring } from "./rows";

/**
 * A ring is not replaced before this age. Functions remember a namespace's settings for 30 s, so that after a change
 * some of them still go by the old ones: without it, they and the others would take turns in starting rings.
 */
const MIN_RING_AGE_SECONDS = 60;

/** A run of slots, both ends included. */
export interface SlotRange {
    readonly from: number;
    readonly to: number;
}

/** The ring that takes the message after `head`: the head's own, or an empty one where the setting has changed. */
export function ringAfter(head: Head, settings: HistorySettings, now: number, newId: () => string): Ring {
    const slots = Math.floor(settings.maxMessages) + 1;
    const { ring } = head;
    if (ring !== undefined && (ring.slots === slots || ring.startedAt > now - MIN_RING_AGE_SECONDS)) {
        return ring;
    }
    return { id: newId(), first: head.offset + 1, slots, startedAt: now };
}

export function slotOf(ring: Ring, offset: number): number {
    return offset % ring.slots;
}

/**
 * The slots of the offsets from `first` to `last`, in their order: two ranges where the ring begins again in between.
 */
export function slotRanges(ring: Ring, first: number, last: number): readonly SlotRange[] {
    const from = slotOf(ring, first);
    const to = slotOf(ring, last);
    return from <= to
        ? [{ from, to }]
        : [
              { from, to: ring.slots - 1 },
              { from: 0, to },
          ];
}

/** Whether the ring may still have every message after `position`. Their time may be over all the same. */
export function reaches(head: Head, position: Position): boolean {
    if (position.epoch !== head.epoch || position.offset > head.offset) {
        return false;
    }
    return (
        position.offset === head.offset ||
        (head.ring !== undefined && position.offset + 1 >= oldestOffset(head, head.ring))
    );
}

export function oldestOffset(head: Head, ring: Ring): number {
    return Math.max(ring.first, head.offset - ring.slots + 2);
}
