import type { WireProperties } from "./recorded-stack";
import { UNKNOWN } from "./recorded-stack";

/** The properties that the provider takes as a document or as its JSON text. */
const DOCUMENTS: readonly string[] = ["assumeRolePolicy", "inlinePolicy", "policy"];

/**
 * A resource's properties as the AWS provider's `Check` returns them, which is what the engine shows to a policy pack:
 * `Check` comes first. The provider makes JSON text of a policy that is an object, since in the API it is text; and of
 * one that holds an unknown value, a single unknown.
 * https://github.com/pulumi/pulumi-terraform-bridge/blob/main/pkg/tfbridge/transforms.go (`TransformJSONDocument`)
 * https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step_generator.go (`Check`, then `Analyze`)
 */
export function checkedByProvider(type: string, properties: WireProperties): WireProperties {
    if (!type.startsWith("aws:")) {
        return properties;
    }
    return Object.fromEntries(
        Object.entries(properties).map(([name, value]) => {
            return [name, DOCUMENTS.includes(name) && isObject(value) ? jsonText(value) : value];
        }),
    );
}

function isObject(value: unknown): boolean {
    return typeof value === "object" && value !== null;
}

function jsonText(document: unknown): string {
    const text = JSON.stringify(document);
    return text.includes(UNKNOWN) ? UNKNOWN : text;
}
