import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { arn } from "../../local/aws/account";
import type { AwsCall, Principal } from "../../local/aws/authorization";
import { AwsError } from "../../local/aws/aws-error";
import { ADMINISTRATOR, Credentials } from "../../local/signing/credentials";
import type { Item } from "../../local/database/item";
import type { StreamLog } from "../../local/services/streams/stream-log";
import { StreamRegistry } from "../../local/services/streams/stream-registry";
import { EventBridge } from "../../local/services/events/event-bridge";
import { eventBridgeService } from "../../local/services/events/operations";
import { EventSourceMappings } from "../../local/services/event-source-mappings/event-source-mappings";
import type { FunctionSettings } from "../../local/services/lambda/function";
import type { LambdaLimits } from "../../local/services/lambda/functions";
import { LambdaFunctions } from "../../local/services/lambda/functions";
import { lambdaService } from "../../local/services/lambda/operations";
import { scaledPace } from "../../local/time/pace";
import { Pipes } from "../../local/services/pipes/pipes";
import { EdgeServer } from "../../local/edge/server";
import { SignatureVerifier } from "../../local/signing/sigv4";
import type { Queue } from "../../local/services/sqs/queue";
import { SqsQueues } from "../../local/services/sqs/queues";
import { sqsService } from "../../local/services/sqs/operations";

export const ROLE_ARN = "arn:aws:iam::000000000000:role/tested-role";

/** A message in a queue, as a test wants to see it. */
export interface Letter {
    readonly body: unknown;
    /** String values by name. */
    readonly attributes: Readonly<Record<string, string | undefined>>;
}

/**
 * EventBridge, pipes, SQS and Lambda of the local cloud behind their HTTP endpoint, with SDK clients. Retries do not
 * pause. The clock can be moved on; the gate lets everything pass but what a test denies.
 */
export class TestServices {
    /** Every call that passed the gate or was stopped there. */
    readonly calls: AwsCall[] = [];
    readonly log: string[] = [];
    readonly credentials = new Credentials(Date.now);
    readonly streams: StreamRegistry;
    readonly queues: SqsQueues;
    readonly functions: LambdaFunctions;
    readonly events: EventBridge;
    readonly pipes: Pipes;
    readonly mappings: EventSourceMappings;
    private readonly server: EdgeServer;
    private readonly clients: { destroy: () => void }[] = [];
    private intercept: (call: AwsCall) => void = () => undefined;
    private skew = 0;
    private url = "";

    private constructor(limits: Partial<LambdaLimits>) {
        const shared = {
            authorize: (call: AwsCall) => {
                this.judge(call);
            },
            clock: () => this.now(),
            pace: scaledPace(0),
            log: (line: string) => {
                this.log.push(line);
            },
        };
        this.streams = new StreamRegistry(shared);
        this.queues = new SqsQueues({ ...shared, endpoint: () => this.url });
        this.functions = new LambdaFunctions({
            ...shared,
            queues: this.queues,
            issueRoleCredentials: (roleArn, sessionName) => this.credentials.issueRoleCredentials(roleArn, sessionName),
            awsEndpoint: () => this.url,
            limits,
        });
        this.events = new EventBridge({ ...shared, invoker: this.functions, queues: this.queues });
        this.pipes = new Pipes({ ...shared, streams: this.streams, events: this.events, queues: this.queues });
        this.mappings = new EventSourceMappings({
            ...shared,
            streams: this.streams,
            queues: this.queues,
            functions: this.functions,
        });
        this.server = new EdgeServer({ verifier: new SignatureVerifier(this.credentials, Date.now), log: shared.log });
        this.server.register(sqsService(this.queues), eventBridgeService(this.events), lambdaService(this.functions));
    }

    static async start(limits: Partial<LambdaLimits> = {}): Promise<TestServices> {
        const services = new TestServices(limits);
        services.url = await services.server.listen(0);
        return services;
    }

    get endpoint(): string {
        return this.url;
    }

    now(): number {
        return Date.now() + this.skew;
    }

    /** Moves the services' clock on. Timers that run already do not notice. */
    advance(milliseconds: number): void {
        this.skew += milliseconds;
    }

    /** From now on the gate stops these calls, as IAM would. */
    deny(denied: (call: AwsCall) => boolean): void {
        this.intercept = (call) => {
            if (denied(call)) {
                throw new AwsError(
                    "AccessDeniedException",
                    `not authorized to perform: ${call.action} on resource: ${call.resource}`,
                    403,
                );
            }
        };
    }

    /** From now on the first `times` of these calls fail as for a passing fault. */
    fail(failing: (call: AwsCall) => boolean, times = Number.POSITIVE_INFINITY): void {
        let failures = 0;
        this.intercept = (call) => {
            if (failing(call) && failures < times) {
                failures += 1;
                throw new AwsError("ServiceUnavailable", "try again", 503);
            }
        };
    }

    /** Actions asked for, with the resource's last part, in order: `sqs:SendMessage dead-letters`. */
    actionsOf(principal: Principal["kind"]): readonly string[] {
        return this.calls
            .filter((call) => call.principal.kind === principal)
            .map(({ action, resource }) => `${action} ${resource.slice(resource.lastIndexOf(":") + 1)}`);
    }

    sqs(): SQSClient {
        return this.client(new SQSClient(this.clientConfig()));
    }

    eventBridge(): EventBridgeClient {
        return this.client(new EventBridgeClient(this.clientConfig()));
    }

    lambda(): LambdaClient {
        return this.client(new LambdaClient(this.clientConfig()));
    }

    queue(name: string, attributes: Readonly<Record<string, string>> = {}): Queue {
        return this.queues.create(name, attributes);
    }

    /** Puts a function in service whose `index.js` is `code`. */
    function(name: string, code: string, settings: Partial<FunctionSettings> = {}): string {
        return this.functions.create({
            name,
            roleArn: ROLE_ARN,
            handler: "index.handler",
            runtime: "nodejs22.x",
            code: new Map([["index.js", Buffer.from(code)]]),
            environment: {},
            timeoutSeconds: 5,
            memoryMb: 128,
            architectures: ["arm64"],
            ...settings,
        }).arn;
    }

    /** A table's stream to append to. */
    stream(tableName: string): StreamLog {
        const table = { name: tableName, arn: arn("dynamodb", `table/${tableName}`), keyNames: ["id"] };
        return this.streams.create(table, "NEW_AND_OLD_IMAGES");
    }

    /** Writes a change of the item with this id to a stream. */
    change(stream: StreamLog, id: string, images: { readonly newImage?: Item; readonly oldImage?: Item }): void {
        stream.append({
            table: stream.tableName,
            key: { id: { S: id } },
            newImage: images.newImage,
            oldImage: images.oldImage,
        });
    }

    /** The next message of a queue, which is waited for and deleted. */
    async letter(queue: Queue): Promise<Letter> {
        const [message] = await this.queues.receive(queue.arn, { maximum: 1, waitSeconds: 15 }, ADMINISTRATOR);
        if (message === undefined) {
            throw new Error(`no message arrived in ${queue.name}; the log says:\n${this.log.join("\n")}`);
        }
        queue.delete(message.receiptHandle);
        const attributes = Object.entries(message.attributes).map(([name, { StringValue }]) => [name, StringValue]);
        return { body: parsed(message.body), attributes: Object.fromEntries(attributes) as Letter["attributes"] };
    }

    /** Waits for a line of the log, past or future; mocha's timeout bounds the wait. */
    async logged(text: string): Promise<string> {
        for (;;) {
            const line = this.log.find((candidate) => candidate.includes(text));
            if (line !== undefined) {
                return line;
            }
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    }

    async close(): Promise<void> {
        for (const client of this.clients) {
            client.destroy();
        }
        await Promise.all([this.mappings.close(), this.pipes.close(), this.functions.close(), this.events.close()]);
        this.queues.close();
        await this.server.close();
    }

    private judge(call: AwsCall): void {
        // Every environment asks for its log; that has tests of its own.
        if (!call.action.startsWith("logs:")) {
            this.calls.push(call);
        }
        this.intercept(call);
    }

    private clientConfig() {
        const { accessKeyId, secretAccessKey } = this.credentials.administrator;
        return {
            endpoint: this.url,
            region: "us-east-1",
            credentials: { accessKeyId, secretAccessKey },
            maxAttempts: 1,
        };
    }

    private client<T extends { destroy: () => void }>(client: T): T {
        this.clients.push(client);
        return client;
    }
}

function parsed(body: string): unknown {
    try {
        return JSON.parse(body);
    } catch {
        return body;
    }
}
