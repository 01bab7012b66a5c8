import type { PolicyConfigSchema, ReportViolation } from "@pulumi/policy";
import { matchesPattern } from "../../iam";

/** A resource that a rule leaves alone, and why. */
export interface Exemption {
    /** The resource's URN. `*` stands for any run of characters, `?` for one. */
    readonly urn: string;
    /** For whoever reviews it. Without a reason nothing is exempt. */
    readonly reason: string;
}

/** What every rule can be configured with. */
export interface Exempting {
    readonly exemptions: readonly Exemption[];
}

type SchemaProperties = PolicyConfigSchema["properties"];

const SCHEMA: SchemaProperties = {
    exemptions: {
        type: "array",
        description: "Resources that this rule leaves alone, each with the reason.",
        items: {
            type: "object",
            properties: {
                urn: { type: "string", minLength: 1, description: "The URN; * stands for any run of characters." },
                reason: { type: "string", minLength: 1, description: "Why the rule does not hold for it." },
            },
            required: ["urn", "reason"],
            additionalProperties: false,
        },
        default: [],
    },
};

/** The configuration schema of a rule: its own settings, and exemptions. */
export function configSchema(properties: SchemaProperties = {}): PolicyConfigSchema {
    return { properties: { ...properties, ...SCHEMA } };
}

export const NO_EXEMPTIONS: Exempting = { exemptions: [] };

export function isExempt(urn: string, { exemptions }: Exempting): boolean {
    return exemptions.some((exemption) => exemption.reason.trim() !== "" && matchesPattern(exemption.urn, urn));
}

/** Reports against one resource of a stack, unless that is exempt. */
export type ReportResource = (urn: string, message: string) => void;

export function reportUnlessExempt(report: ReportViolation, config: Exempting): ReportResource {
    return (urn, message) => {
        if (!isExempt(urn, config)) {
            report(message, urn);
        }
    };
}
