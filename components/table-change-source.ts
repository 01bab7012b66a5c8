import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT_TYPES } from "../contract/component-types";
import { createDeadLetterQueue } from "./delivery/dead-letter-queue";
import type { PolicyStatement } from "./permissions/policy-statement";
import { publishStatements } from "./permissions/publish-statements";
import type { ServiceRole } from "./permissions/service-role";
import { createServiceRole } from "./permissions/service-role";
import { changeTemplate } from "../contract/table-change";
import {
    assertNamespace,
    assertSamePlace,
    assertStreamArn,
    validateTableChangeSource,
} from "./validation/table-change-validation";
import type { PublishGateway, TableChangeSourceArgs } from "./arguments/table-change-source-args";

/**
 * Publishes a table's changes as events with `data` = `{"old": item|null, "new": item|null}`, without a function: an
 * EventBridge pipe reads the stream and puts events on the push bus. The bus keeps no order, so changes of one item
 * that were made close together may reach a page in any order. Each carries its number in the stream as `sequence`, and
 * the page shows the change with the largest. The pipe tries a change that it cannot put for up to an hour, while
 * others pass it by, and then keeps it in a dead-letter queue for 14 days.
 *
 * @example
 * new TableChangeSource("order-changes", {
 *     gateway,
 *     namespace: orders.namespace,
 *     streamArn: table.streamArn,
 *     event: "OrderChanged",
 *     channels: ["orders/{customer}/{orderId}"],
 * });
 */
export class TableChangeSource extends pulumi.ComponentResource {
    /** The pipe that reads the stream. */
    readonly pipeArn: pulumi.Output<string>;
    /** The queue of the changes that could not be published. */
    readonly deadLetterQueueUrl: pulumi.Output<string>;

    /** @throws pulumi.InputPropertiesError that lists every argument that could never work */
    constructor(name: string, args: TableChangeSourceArgs, opts?: pulumi.ComponentResourceOptions) {
        super(COMPONENT_TYPES.tableChangeSource, name, { ...args, gateway: pick(args.gateway) }, opts);
        validateTableChangeSource(name, args);
        const source = pulumi
            .all([args.streamArn, args.gateway.eventBusArn])
            .apply(([stream, bus]) => assertSamePlace(assertStreamArn(stream), bus));
        const namespace = pulumi.output(args.namespace).apply((value) => assertNamespace(value, args.channels));
        const holds = `changes of a table that could not be published as ${args.event}`;
        const deadLetters = createDeadLetterQueue(
            name,
            { holds, alarmActions: args.alarmActions ?? [] },
            { parent: this },
        );
        const wiring = { source, namespace, eventBusArn: args.gateway.eventBusArn, deadLetterArn: deadLetters.arn };
        const role = createPipeRole(name, wiring, { parent: this });
        const pipe = createPipe(name, args, wiring, role, { parent: this });
        this.pipeArn = pipe.arn;
        this.deadLetterQueueUrl = deadLetters.url;
        this.registerOutputs({ pipeArn: this.pipeArn, deadLetterQueueUrl: this.deadLetterQueueUrl });
    }
}

/** The ends that the pipe connects. */
interface Wiring {
    readonly source: pulumi.Output<string>;
    readonly namespace: pulumi.Output<string>;
    readonly eventBusArn: pulumi.Input<string>;
    readonly deadLetterArn: pulumi.Output<string>;
}

/** A whole component may be passed as the gateway; the state is to hold the one property that counts. */
function pick(gateway: PublishGateway): PublishGateway {
    return { eventBusArn: gateway.eventBusArn };
}

function createPipeRole(name: string, wiring: Wiring, opts: pulumi.CustomResourceOptions): ServiceRole {
    const readStream: PolicyStatement = {
        actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        resources: [wiring.source],
    };
    // Pipes ask for it, and AWS defines no resource for it: on the stream's ARN it would allow nothing.
    const listStreams: PolicyStatement = { actions: ["dynamodb:ListStreams"], resources: ["*"] };
    const keepFailures: PolicyStatement = { actions: ["sqs:SendMessage"], resources: [wiring.deadLetterArn] };
    return createServiceRole(
        name,
        {
            service: "pipes.amazonaws.com",
            // The stream's own account, so that nobody else's pipe can act under this role.
            sourceAccount: wiring.source.apply(accountOf),
            allow: [readStream, listStreams, ...publishStatements(wiring.eventBusArn, wiring.namespace), keepFailures],
        },
        opts,
    );
}

/** `arn:aws:dynamodb:us-east-1:123456789012:table/…` */
function accountOf(arn: string): string {
    return arn.split(":")[4] ?? "";
}

function createPipe(
    name: string,
    args: TableChangeSourceArgs,
    wiring: Wiring,
    { role, policy }: ServiceRole,
    opts: pulumi.CustomResourceOptions,
): aws.pipes.Pipe {
    const pattern = changeFilter(args);
    return new aws.pipes.Pipe(
        `${name}-pipe`,
        {
            description: `Publishes changes of a table as ${args.event}`,
            roleArn: role.arn,
            source: wiring.source,
            sourceParameters: {
                filterCriteria: pattern === undefined ? undefined : { filters: [{ pattern }] },
                dynamodbStreamParameters: {
                    // From the start, because a pipe that begins at the latest record can miss some whenever it is
                    // changed.
                    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
                    startingPosition: "TRIM_HORIZON",
                    // PutEvents takes ten entries.
                    batchSize: 10,
                    // By default a record that cannot be put is tried until it expires, and stops its shard for a day.
                    maximumRetryAttempts: 10,
                    maximumRecordAgeInSeconds: 3600,
                    onPartialBatchItemFailure: "AUTOMATIC_BISECT",
                    deadLetterConfig: { arn: wiring.deadLetterArn },
                },
            },
            target: wiring.eventBusArn,
            targetParameters: {
                eventbridgeEventBusParameters: { source: wiring.namespace, detailType: args.event },
                inputTemplate: changeTemplate(args),
            },
        },
        { ...opts, dependsOn: [policy] },
    );
}

/** The pattern that a stream record must match; `undefined` when every one is published. */
function changeFilter(args: Pick<TableChangeSourceArgs, "changes" | "filter">): string | undefined {
    if (args.changes === undefined) {
        return args.filter;
    }
    const pattern: unknown = JSON.parse(args.filter ?? "{}");
    return JSON.stringify({ eventName: args.changes, ...(pattern as object) });
}
