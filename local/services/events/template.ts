/** What a placeholder stands for; `undefined` for a name that is none, whose text then stays as it is. */
export type Placeholder = (name: string) => { readonly value: unknown } | undefined;

/**
 * Fills in an input template of EventBridge or Pipes: text, mostly JSON, with `<name>` placeholders.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
 *
 * Outside quotes a value is written as JSON. Inside quotes its text is written, unescaped as AWS does it: a value that
 * itself contains a quote makes the result invalid JSON. Objects inside quotes lose their own quotes. A path that the
 * event does not have gives the empty string.
 */
export function renderTemplate(template: string, placeholder: Placeholder): string {
    const marker = /<([^<>"\s]+)>/y;
    let rendered = "";
    let quoted = false;
    let position = 0;
    while (position < template.length) {
        const character = template.charAt(position);
        marker.lastIndex = position;
        const match = character === "<" ? marker.exec(template) : null;
        const found = match?.[1] === undefined ? undefined : placeholder(match[1]);
        if (match !== null && found !== undefined) {
            rendered += quoted ? bare(found.value) : JSON.stringify(found.value === undefined ? "" : found.value);
            position = marker.lastIndex;
            continue;
        }
        if (character === "\\") {
            rendered += template.slice(position, position + 2);
            position += 2;
            continue;
        }
        if (character === '"') {
            quoted = !quoted;
        }
        rendered += character;
        position += 1;
    }
    return rendered;
}

function bare(value: unknown): string {
    if (value === undefined) {
        return "";
    }
    return typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
}
