import assert from "node:assert/strict";
import type { Position } from "../../../client/index";
import type { Told } from "./page";

/**
 * Holds a subscriber of a namespace with history to the promise: the numbers that it saw go up by one, from message to
 * message, or a gap says from where to where they do not. So no message came twice, and none is missing unsaid.
 *
 * @param isLeftOut of messages, by their numbers, that may have been published for others alone.
 */
export function assertUnbroken(told: readonly Told[], isLeftOut: (offset: number) => boolean = () => false): void {
    let last: Position | undefined;
    const assertFollows = (position: Position, what: string): void => {
        const { epoch } = last ?? position;
        let { offset } = last ?? position;
        while (offset < position.offset && isLeftOut(offset + 1)) {
            offset++;
        }
        assert.deepEqual(position, { epoch, offset }, what);
    };
    for (const one of told) {
        if ("gap" in one) {
            const { from, to } = one.gap;
            if (from === undefined) {
                assert.equal(last, undefined, "a gap begins where the messages ended");
            } else {
                assertFollows(from, "a gap begins where the messages ended");
            }
            last = to;
            continue;
        }
        const { epoch = "", offset = 0 } = one.message;
        assertFollows({ epoch, offset: offset - 1 }, "a message follows the one before it");
        last = { epoch, offset };
    }
}

/** And that it missed nothing at all: what was published, each once, by the publishers' keys, without a gap. */
export function assertWhole(told: readonly Told[], keys: readonly string[]): void {
    assertUnbroken(told);
    const seen = told.map((one) => ("gap" in one ? `gap: ${one.gap.reason}` : one.message.id));
    assert.deepEqual([...seen].sort(), [...keys].sort());
}

/** And in the order in which it was published, where each was published after the other. */
export function assertInOrder(told: readonly Told[], keys: readonly string[]): void {
    assertWhole(told, keys);
    assert.deepEqual(
        told.map((one) => ("gap" in one ? "" : one.message.id)),
        keys,
    );
}
