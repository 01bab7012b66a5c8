/** A value in an event that is not an object or an array. */
export type Leaf = string | number | boolean | null;

export interface Field {
    readonly value: Leaf;
    /** Which element of which array the field lies in: array number to index. */
    readonly place: ReadonlyMap<number, number>;
}

/** The leaves of an event by dotted path. Elements of an array have the array's own path. */
export type Fields = ReadonlyMap<string, readonly Field[]>;

export function fieldsOf(event: unknown): Fields {
    const fields = new Map<string, Field[]>();
    let arrays = 0;
    const visit = (value: unknown, path: string, place: ReadonlyMap<number, number>): void => {
        if (Array.isArray(value)) {
            const array = arrays++;
            value.forEach((element, index) => {
                visit(element, path, new Map([...place, [array, index]]));
            });
        } else if (typeof value === "object" && value !== null) {
            for (const [key, member] of Object.entries(value)) {
                visit(member, path === "" ? key : `${path}.${key}`, place);
            }
        } else if (isLeaf(value)) {
            const known = fields.get(path);
            if (known === undefined) {
                fields.set(path, [{ value, place }]);
            } else {
                known.push({ value, place });
            }
        }
    };
    visit(event, "", new Map());
    return fields;
}

/** True if two fields can belong to one reading of the event: never to different elements of the same array. */
export function consistent(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
    for (const [array, index] of a) {
        const other = b.get(array);
        if (other !== undefined && other !== index) {
            return false;
        }
    }
    return true;
}

export function isLeaf(value: unknown): value is Leaf {
    return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
