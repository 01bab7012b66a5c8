import type { Kind, Report, ScalarKind } from "../../contract/values";
import { check, grouped, shown, textThat } from "../../contract/values";

/** What an argument may be: a value, or an object of values. */
export type ArgumentKind = Kind | RecordKind;

export interface RecordKind {
    readonly type: "record";
    readonly required: Readonly<Record<string, Kind>>;
    readonly optional: Readonly<Record<string, Kind>>;
}

export const CIDR_BLOCK: ScalarKind = textThat("a range of /16 to /24, such as 10.0.0.0/16", (text) => {
    const [, address = "", size = ""] = /^([^/]+)\/(\d+)$/.exec(text) ?? [];
    const bytes = address.split(".");
    return (
        bytes.length === 4 &&
        bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) <= 255) &&
        Number(size) >= 16 &&
        Number(size) <= 24
    );
});

export function textOfLength(least: number, most: number): ScalarKind {
    const range = `${grouped(least)} to ${grouped(most)} characters`;
    return { ...textThat(range, ({ length }) => length >= least && length <= most), range };
}

/**
 * Reports everything that is wrong with an argument.
 *
 * @param isLater whether a value, or a part of one, is known later only, and so is left for then
 */
export function checkArgument(
    kind: ArgumentKind,
    value: unknown,
    report: Report,
    isLater: (value: unknown) => boolean = () => false,
): void {
    if (kind.type !== "record") {
        check(kind, value, report, isLater);
    } else if (!isLater(value)) {
        checkRecord(kind, value, report, isLater);
    }
}

function checkRecord(kind: RecordKind, value: unknown, report: Report, isLater: (value: unknown) => boolean): void {
    const fields = { ...kind.optional, ...kind.required };
    const names = Object.keys(fields).join(", ");
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        report(`is ${shown(value)}; write an object with ${names}`);
        return;
    }
    const members = new Map<string, unknown>(Object.entries(value));
    for (const name of [...members.keys()].filter((key) => !Object.hasOwn(fields, key))) {
        report(`is not known; there are only ${names}`, `.${name}`);
    }
    for (const [name, field] of Object.entries(fields)) {
        const member = members.get(name);
        if (member !== undefined) {
            check(
                field,
                member,
                (reason, path = "") => {
                    report(reason, `.${name}${path}`);
                },
                isLater,
            );
        } else if (Object.hasOwn(kind.required, name)) {
            report("is missing", `.${name}`);
        }
    }
}
