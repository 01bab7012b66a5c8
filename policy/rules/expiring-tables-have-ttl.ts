import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { matchesPattern } from "../../iam";
import { configSchema, NO_EXEMPTIONS } from "../settings/exemptions";
import { MESSAGE_LOG, REGISTRY } from "../gateway/parts";
import { block, isTrue, text } from "../resources/properties";
import { configFor, validateTypes } from "../settings/resource-rule";
import { isWithin } from "../resources/urns";

const TYPES = ["aws:dynamodb/table:Table"];

const DEFAULTS = {
    ...NO_EXEMPTIONS,
    attribute: "expiresAt",
    components: [REGISTRY, MESSAGE_LOG],
    tables: [] as readonly string[],
};

export const expiringTablesHaveTtl: ResourceValidationPolicy = {
    name: "expiring-tables-have-ttl",
    description: "The gateway's tables, and those that the settings name, must have DynamoDB delete what has expired.",
    severity: "high",
    enforcementLevel: "remediate",
    configSchema: configSchema({
        attribute: {
            type: "string",
            description: "The attribute with the epoch second at which an item expires.",
            default: DEFAULTS.attribute,
        },
        components: {
            type: "array",
            items: { type: "string" },
            description: "Types of components whose tables hold items that expire.",
            default: DEFAULTS.components,
        },
        tables: {
            type: "array",
            items: { type: "string" },
            description: "Logical names of further such tables; * stands for any run of characters.",
            default: [],
        },
    }),
    remediationSteps: 'Set `ttl: { attributeName: "expiresAt", enabled: true }` on the table.',
    remediateResource: (args) => {
        const config = configFor(args, TYPES, DEFAULTS);
        if (!expires(args, config) || problem(args, config) === undefined || isElsewhere(args)) {
            return undefined;
        }
        args.props["ttl"] = { attributeName: config.attribute, enabled: true };
        return args.props;
    },
    validateResource: validateTypes(TYPES, DEFAULTS, (args, config, report) => {
        const found = expires(args, config) ? problem(args, config) : undefined;
        if (found !== undefined) {
            report(`${found} Write \`ttl: { attributeName: "${config.attribute}", enabled: true }\`.`);
        }
    }),
};

/** By the component that made it, or by its name: what an attribute means in other tables is not for us to guess. */
function expires(args: ResourceValidationArgs, config: typeof DEFAULTS): boolean {
    return isWithin(args.urn, config.components) || config.tables.some((pattern) => matchesPattern(pattern, args.name));
}

/**
 * Whether somebody has DynamoDB delete by another attribute. Only of the gateway's own tables is it known that nothing
 * but the right attribute can be meant; anywhere else a new one would delete items that nobody wants deleted.
 */
function isElsewhere({ urn, props }: ResourceValidationArgs): boolean {
    const ttl = block(props, "ttl");
    const isSet = text(ttl, "attributeName") !== undefined && isTrue(ttl, "enabled");
    return isSet && !isWithin(urn, [REGISTRY, MESSAGE_LOG]);
}

function problem({ props }: ResourceValidationArgs, { attribute }: typeof DEFAULTS): string | undefined {
    const ttl = block(props, "ttl");
    const given = text(ttl, "attributeName");
    if (given === undefined || !isTrue(ttl, "enabled")) {
        return "Its items are never deleted: there is no `ttl` that is enabled.";
    }
    return given === attribute
        ? undefined
        : `Its items are never deleted: \`ttl\` looks at "${given}", and they have "${attribute}".`;
}
