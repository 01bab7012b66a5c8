/** A DynamoDB attribute value as the wire has it: one member, named by the type, binary as base64. */
export type AttributeValue =
    | { readonly S: string }
    | { readonly N: string }
    | { readonly B: string }
    | { readonly BOOL: boolean }
    | { readonly NULL: boolean }
    | { readonly SS: readonly string[] }
    | { readonly NS: readonly string[] }
    | { readonly BS: readonly string[] }
    | { readonly L: readonly AttributeValue[] }
    | { readonly M: Item };

/** An item, an item's key, or a map attribute. */
export interface Item {
    readonly [attribute: string]: AttributeValue;
}
