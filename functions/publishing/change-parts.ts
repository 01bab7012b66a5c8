import type { JsonObject } from "../../contract/json";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { TableChangeEvent } from "../../contract/table-change";
import type { ChannelTemplate, Unfilled } from "../../contract/templates";
import { expandTemplate } from "../../contract/templates";
import { plainItem } from "./attribute-values";

type Item = JsonObject | null;

/** An item before and after a change; `null` where there is none, or none that a channel may see. */
interface Change {
    readonly old: Item;
    readonly new: Item;
}

/** What the subscribers of some channels are told of a change. */
export interface ChangePart {
    readonly channels: readonly string[];
    readonly data: Change;
}

/**
 * What of a table's change goes to which channels. The templates are filled here rather than in the pipe, which can
 * neither encode nor refuse a value.
 *
 * An item is in the channels that its attributes make. Where a change moves it, those that it leaves are told that it is
 * gone, without what it is now, and those that it comes to get it without what it was.
 */
export function changeParts(event: TableChangeEvent): Result<readonly ChangePart[]> {
    const old = plainImage(event.old);
    const current = plainImage(event.new);
    if (!old.ok) {
        return old;
    }
    if (!current.ok) {
        return current;
    }
    const images = { old: old.value, new: current.value };
    const places = findPlaces(event.channels, images);
    return places.ok ? accepted(partsOf(places.value, images, event.attributes)) : places;
}

function plainImage(image: JsonObject | undefined): Result<Item> {
    return image === undefined ? accepted(null) : plainItem(image);
}

/** The channels in which an item was before a change, and in which it is after it. */
interface Places {
    readonly before: ReadonlySet<string>;
    readonly after: ReadonlySet<string>;
}

function findPlaces(templates: readonly ChannelTemplate[], { old, new: current }: Change): Result<Places> {
    const before = new Set<string>();
    const after = new Set<string>();
    for (const template of templates) {
        const was = old === null ? undefined : expandTemplate(template, old);
        const is = current === null ? undefined : expandTemplate(template, current);
        if (was?.ok === true) {
            before.add(was.value);
        }
        if (is?.ok === true) {
            after.add(is.value);
        }
        const problem = placeProblem(was, is);
        if (problem !== undefined) {
            return refused(problem);
        }
    }
    return accepted({ before, after });
}

type Filled = Result<string, Unfilled> | undefined;

/**
 * Why a change cannot be published: a value that no channel can stand for, or none at all, before and after. An
 * attribute that is taken away takes the item out of its channel, which is no fault; nor is it one that what the item
 * was fits into no channel, for nobody was told of that.
 */
function placeProblem(was: Filled, is: Filled): string | undefined {
    if (is?.ok === false) {
        const { kind, isAllowed, reason } = is.reason;
        const isGone = kind === "absent" && was?.ok === true;
        const advice = kind === "absent" ? " Where an item may be without it, write {name?}." : "";
        return isAllowed || isGone ? undefined : `${reason}${advice}`;
    }
    return is === undefined && was?.ok === false && !was.reason.isAllowed ? was.reason.reason : undefined;
}

/** At most one part each for the channels that keep the item, lose it and gain it. */
function partsOf({ before, after }: Places, images: Change, attributes?: readonly string[]): readonly ChangePart[] {
    const old = keepAttributes(images.old, attributes);
    const current = keepAttributes(images.new, attributes);
    const parts: readonly ChangePart[] = [
        { channels: [...after].filter((channel) => before.has(channel)), data: { old, new: current } },
        { channels: [...before].filter((channel) => !after.has(channel)), data: { old, new: null } },
        { channels: [...after].filter((channel) => !before.has(channel)), data: { old: null, new: current } },
    ];
    return parts.filter(({ channels }) => channels.length > 0);
}

function keepAttributes(item: Item, names: readonly string[] | undefined): Item {
    if (item === null || names === undefined) {
        return item;
    }
    return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
