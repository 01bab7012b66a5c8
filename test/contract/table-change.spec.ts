import * as assert from "node:assert/strict";
import { changeTemplate, isTableChange, readTableChange } from "../../contract/table-change";
import type { JsonObject } from "../../contract/json";

const IMAGE = { id: { S: "1" } };
const RECORD = { SequenceNumber: "17", NewImage: IMAGE };

/** What a pipe makes of the template: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html */
function filled(template: string, record: unknown, eventId = "e-1"): JsonObject {
    return JSON.parse(
        template.replace("<$.eventID>", eventId).replace("<$.dynamodb>", JSON.stringify(record)),
    ) as JsonObject;
}

describe("a table's change", () => {
    it("is read as what the template made of a record", () => {
        const detail = filled(changeTemplate({ channels: ["orders/{id}"], attributes: ["id"] }), RECORD);
        assert.ok(isTableChange(detail));
        const change = readTableChange(detail);
        assert.ok(change.ok);
        const { channels, ...rest } = change.value;
        assert.deepEqual(
            channels.map(({ text }) => text),
            ["orders/{id}"],
        );
        assert.deepEqual(rest, { attributes: ["id"], eventId: "e-1", sequence: "17", new: IMAGE });
    });

    it("has both images of an item that was changed, and no list of attributes where all are sent", () => {
        const detail = filled(changeTemplate({ channels: ["orders/all"] }), { OldImage: IMAGE, NewImage: {} });
        const change = readTableChange(detail);
        assert.ok(change.ok);
        const { channels, ...rest } = change.value;
        assert.equal(channels.length, 1);
        assert.deepEqual(rest, { eventId: "e-1", sequence: undefined, old: IMAGE, new: {} });
    });

    for (const [what, change, reason] of [
        ["no record", {}, /has a `record`/],
        ["no image", { record: {}, channels: [] }, /must be of NEW_AND_OLD_IMAGES/],
        ["an image that is no item", { record: { NewImage: 1 }, channels: [] }, /An item is an object; .* a number/],
        ["no channels", { record: RECORD }, /`channels` is a list of templates; this one is missing/],
        ["an empty list of channels", { record: RECORD, channels: [] }, /name at least one channel/],
        ["a channel that is no template", { record: RECORD, channels: ["a/b{c}"] }, /"a\/b\{c\}"/],
        ["attributes that are no names", { record: RECORD, channels: [], attributes: [1] }, /a list of names/],
        ["attributes that are no list", { record: RECORD, channels: [], attributes: null }, /this one is null/],
    ] as const) {
        it(`is refused with ${what}`, () => {
            const read = readTableChange({ tableChange: change });
            assert.ok(!read.ok);
            assert.match(read.reason, reason);
        });
    }
});
