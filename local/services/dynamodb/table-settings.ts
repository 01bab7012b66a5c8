import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import type { Json } from "../../database/engine";
import { isObject } from "../../database/item";
import { type Table, type TableCatalog, tableArn, tableName } from "./table";
import type { TimeToLive } from "./time-to-live";

/** How far back point-in-time recovery reaches. */
const RECOVERY_DAYS = 35;

export interface TableSettingsOptions {
    readonly tables: TableCatalog;
    readonly timeToLive: TimeToLive;
    readonly authorize: Authorize;
    readonly clock: () => number;
}

/** Time to live, tags and point-in-time recovery of tables: operations of their own in DynamoDB's API. */
export class TableSettings {
    readonly operations: Readonly<Record<string, (input: Json, principal: Principal) => Promise<Json | undefined>>> = {
        UpdateTimeToLive: (input, principal) => this.#updateTimeToLive(input, principal),
        DescribeTimeToLive: (input, principal) => this.#describeTimeToLive(input, principal),
        TagResource: (input, principal) => this.#tag(input, principal),
        UntagResource: (input, principal) => this.#untag(input, principal),
        ListTagsOfResource: (input, principal) => this.#listTags(input, principal),
        UpdateContinuousBackups: (input, principal) => this.#updateBackups(input, principal),
        DescribeContinuousBackups: (input, principal) => this.#describeBackups(input, principal),
    };

    constructor(private readonly options: TableSettingsOptions) {}

    /** Takes effect at once, where AWS takes up to an hour. */
    async #updateTimeToLive(input: Json, principal: Principal): Promise<Json> {
        const table = await this.#table("UpdateTimeToLive", input.TableName, principal);
        const specification = isObject(input.TimeToLiveSpecification) ? input.TimeToLiveSpecification : {};
        const { AttributeName: attribute, Enabled: enabled } = specification;
        if (typeof attribute !== "string" || attribute === "" || typeof enabled !== "boolean") {
            throw new AwsError("ValidationException", "TimeToLiveSpecification needs an AttributeName and Enabled");
        }
        if (enabled === (table.ttlAttribute !== undefined)) {
            throw new AwsError("ValidationException", `TimeToLive is already ${enabled ? "enabled" : "disabled"}`);
        }
        if (enabled) {
            await this.options.timeToLive.enable(table, attribute);
        } else if (table.ttlAttribute === attribute) {
            this.options.timeToLive.disable(table);
        } else {
            const text = "TimeToLive is active on a different AttributeName: current AttributeName is";
            throw new AwsError("ValidationException", `${text} ${String(table.ttlAttribute)}`);
        }
        return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
    }

    async #describeTimeToLive(input: Json, principal: Principal): Promise<Json> {
        const { ttlAttribute } = await this.#table("DescribeTimeToLive", input.TableName, principal);
        const description =
            ttlAttribute === undefined
                ? { TimeToLiveStatus: "DISABLED" }
                : { TimeToLiveStatus: "ENABLED", AttributeName: ttlAttribute };
        return { TimeToLiveDescription: description };
    }

    async #tag(input: Json, principal: Principal): Promise<undefined> {
        const table = await this.#table("TagResource", input.ResourceArn, principal);
        for (const [key, value] of tagsOf(input.Tags)) {
            table.tags.set(key, value);
        }
    }

    async #untag(input: Json, principal: Principal): Promise<undefined> {
        const table = await this.#table("UntagResource", input.ResourceArn, principal);
        for (const key of Array.isArray(input.TagKeys) ? input.TagKeys : []) {
            table.tags.delete(String(key));
        }
    }

    async #listTags(input: Json, principal: Principal): Promise<Json> {
        const { tags } = await this.#table("ListTagsOfResource", input.ResourceArn, principal);
        return { Tags: Array.from(tags, ([Key, Value]) => ({ Key, Value })) };
    }

    async #updateBackups(input: Json, principal: Principal): Promise<Json> {
        const table = await this.#table("UpdateContinuousBackups", input.TableName, principal);
        const specification = input.PointInTimeRecoverySpecification;
        const enabled = isObject(specification) && specification.PointInTimeRecoveryEnabled === true;
        table.pointInTimeRecoverySince = enabled ? (table.pointInTimeRecoverySince ?? this.options.clock()) : undefined;
        return this.#backups(table);
    }

    async #describeBackups(input: Json, principal: Principal): Promise<Json> {
        return this.#backups(await this.#table("DescribeContinuousBackups", input.TableName, principal));
    }

    #backups({ pointInTimeRecoverySince: since }: Table): Json {
        const recovery =
            since === undefined
                ? { PointInTimeRecoveryStatus: "DISABLED" }
                : {
                      PointInTimeRecoveryStatus: "ENABLED",
                      RecoveryPeriodInDays: RECOVERY_DAYS,
                      EarliestRestorableDateTime: since / 1000,
                      LatestRestorableDateTime: this.options.clock() / 1000,
                  };
        const description = { ContinuousBackupsStatus: "ENABLED", PointInTimeRecoveryDescription: recovery };
        return { ContinuousBackupsDescription: description };
    }

    async #table(action: string, nameOrArn: unknown, principal: Principal): Promise<Table> {
        if (typeof nameOrArn !== "string") {
            throw new AwsError("ValidationException", "The request must name a table");
        }
        const name = tableName(nameOrArn);
        this.options.authorize({ principal, action: `dynamodb:${action}`, resource: tableArn(name), context: {} });
        const table = await this.options.tables.find(name);
        if (table === undefined) {
            throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
        }
        return table;
    }
}

/** The tags of a request as keys and values. */
export function tagsOf(tags: unknown): readonly (readonly [string, string])[] {
    const list: readonly unknown[] = Array.isArray(tags) ? tags : [];
    return list.filter(isObject).map(({ Key, Value }) => [String(Key), String(Value)]);
}
