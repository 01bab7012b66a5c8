import { parseChannel } from "../../contract/channels";
import { parseTemplate } from "../../contract/templates";

/**
 * What is wrong with a channel template of a namespace, by the code that fills it in later; `undefined` when nothing
 * is. Only the values are left to run time: that each fits into one segment.
 */
export function channelTemplateProblem(namespace: string, template: string): string | undefined {
    const parsed = parseTemplate(template);
    if (!parsed.ok) {
        return parsed.reason;
    }
    if (!template.startsWith(`${namespace}/`)) {
        return `${JSON.stringify(template)} does not begin with its namespace; write ${namespace}/… here`;
    }
    const channel = parseChannel(template.replaceAll(/\{[^}]*\}/g, "value"));
    return channel.ok ? undefined : channel.reason;
}
