import * as path from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { PushGatewayContract } from "../../contract/outputs";
import type { Granted } from "../../local/access/gate";
import type { Permission } from "../../local/access/permissions";
import { permissionsOf } from "../../local/access/permissions";
import type { LocalCloudOptions } from "../../local/cloud/local-cloud";
import { LocalCloud } from "../../local/cloud/local-cloud";
import type { LocalOutputs } from "../../local/cloud/outputs";
import { PROGRAMS } from "../../local/push-gateway/push-gateway";
import { Listener } from "./listener";
import { RegistryProbe } from "./registry-probe";

const ROOT = path.resolve(__dirname, "../..");

export interface OrdersOutputs {
    readonly ordersTableName: string;
    readonly webhookUrl: string;
    readonly pageUrl: string;
}

export interface Identity {
    readonly sub: string;
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly channels?: readonly string[];
}

export interface DeployedResource {
    /** Its logical name. */
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** A local cloud with both stacks, and what it has told so far. */
export interface Launched {
    readonly cloud: LocalCloud;
    readonly grants: readonly Granted[];
    readonly logs: readonly string[];
}

/** Starts a cloud of its own, on free ports. */
export async function launch(changes: Partial<LocalCloudOptions> = {}): Promise<Launched> {
    const grants: Granted[] = [];
    const logs: string[] = [];
    const cloud = await LocalCloud.start({
        root: ROOT,
        programs: PROGRAMS,
        port: 0,
        awsPort: 0,
        report: () => undefined,
        log: (line) => {
            logs.push(line);
        },
        granted: (grant) => {
            grants.push(grant);
        },
        ...changes,
    });
    return { cloud, grants, logs };
}

/** The local cloud with what its users, operators and troubles do to it, through the real AWS SDK clients. */
export class DrivenCloud {
    readonly dynamodb: DynamoDBClient;
    readonly eventbridge: EventBridgeClient;
    readonly lambda: LambdaClient;
    readonly sqs: SQSClient;
    readonly registry: RegistryProbe;
    private readonly listeners: Listener[] = [];
    private readonly letters: Record<string, unknown>[] = [];

    /** What functions and services have logged so far, and the access log. */
    readonly logs: readonly string[];
    private readonly cloud: LocalCloud;
    private readonly grants: readonly Granted[];

    protected constructor({ cloud, grants, logs }: Launched) {
        this.cloud = cloud;
        this.grants = grants;
        this.logs = logs;
        const { aws, region, credentials } = cloud.outputs.local;
        const config = { endpoint: aws, region, credentials, maxAttempts: 1 };
        this.dynamodb = new DynamoDBClient(config);
        this.eventbridge = new EventBridgeClient(config);
        this.lambda = new LambdaClient(config);
        this.sqs = new SQSClient(config);
        this.registry = new RegistryProbe(this.dynamodb, this.platform.registryTableName);
    }

    static async start(changes: Partial<LocalCloudOptions> = {}): Promise<DrivenCloud> {
        return new DrivenCloud(await launch(changes));
    }

    get local(): LocalOutputs {
        return this.cloud.outputs.local;
    }

    get platform(): PushGatewayContract {
        return this.cloud.outputs.stacks["push-gateway"] as unknown as PushGatewayContract;
    }

    get orders(): OrdersOutputs {
        return this.cloud.outputs.stacks["orders-service"] as unknown as OrdersOutputs;
    }

    get webhookSecret(): string {
        return String(this.cloud.outputs.secrets["webhookSecret"]);
    }

    get mint(): LocalCloud["mint"] {
        return this.cloud.mint;
    }

    /** Runs the programs again, as `--watch` does after an edit. */
    async deploy(): Promise<void> {
        await this.cloud.deploy();
    }

    async listen(identity: Identity): Promise<Listener> {
        const listener = await Listener.open(this.platform.webSocketUrl, {
            token: await this.mint({ sub: identity.sub, ...identity.claims }),
            ...(identity.channels === undefined ? {} : { channels: identity.channels }),
        });
        this.listeners.push(listener);
        return listener;
    }

    async closeListeners(): Promise<void> {
        await Promise.all(this.listeners.splice(0).map((listener) => listener.close()));
    }

    /** Every resource of that type in both graphs: its inputs, and its outputs as deployed. */
    resourcesOf(type: string): readonly DeployedResource[] {
        return this.graph
            .filter(({ request }) => request.type === type)
            .map(({ request: { name, inputs }, result: { outputs } }) => ({ name, inputs, outputs }));
    }

    /** The ARN of a role by its logical name in the programs. */
    roleArn(name: string): string {
        const roles = this.graph.filter(({ request }) => request.type === "aws:iam/role:Role");
        const role = roles.find(({ request }) => request.name === name);
        if (role === undefined) {
            throw new Error(`no role ${name} among ${roles.map(({ request }) => request.name).join(", ")}`);
        }
        return String(role.result.outputs["arn"]);
    }

    /** What the policies of both programs allow, and how much of it was used since the start. */
    permissions(): readonly Permission[] {
        return permissionsOf(this.cloud.policies, this.grants);
    }

    get policies(): LocalCloud["policies"] {
        return this.cloud.policies;
    }

    /** Every resource of both programs. */
    get graph(): LocalCloud["graph"] {
        return this.cloud.graph;
    }

    /** Invokes the notifier as an operator would, and returns its report. */
    async notify(payload: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
        const { FunctionError, Payload } = await this.lambda.send(
            new InvokeCommand({
                FunctionName: this.platform.notifierArn,
                Payload: JSON.stringify(payload),
            }),
        );
        const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, unknown>;
        if (FunctionError !== undefined) {
            throw new Error(`the notifier failed: ${JSON.stringify(answer)}`);
        }
        return answer;
    }

    async registerNamespace(
        namespace: string,
        subscribe: readonly Readonly<Record<string, unknown>>[],
        history?: { readonly ttlSeconds: number; readonly maxMessages: number },
    ): Promise<void> {
        await DynamoDBDocumentClient.from(this.dynamodb).send(
            new PutCommand({
                TableName: this.platform.namespaceTableName,
                Item: { namespace, subscribe, ...(history === undefined ? {} : { history }) },
            }),
        );
    }

    async untilRegistryIsClearOf(listener: Listener): Promise<void> {
        await this.registry.untilClearOf(listener);
    }

    /** Every dead letter so far, in the order of arrival. Reading takes them off the queue and keeps them here. */
    async deadLetters(): Promise<readonly Record<string, unknown>[]> {
        await this.receiveDeadLetters(0);
        return this.letters;
    }

    /** Waits for dead letters beyond the first `count`. Mocha's timeout bounds the wait. */
    async deadLettersAfter(count: number): Promise<readonly Record<string, unknown>[]> {
        while (this.letters.length <= count) {
            await this.receiveDeadLetters(1);
        }
        return this.letters.slice(count);
    }

    /** Waits for a dead letter, past or future, that matches. Mocha's timeout bounds the wait. */
    async deadLetter(matches: (letter: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
        for (;;) {
            const letter = this.letters.find(matches);
            if (letter !== undefined) {
                return letter;
            }
            await this.receiveDeadLetters(1);
        }
    }

    async close(): Promise<void> {
        await this.closeListeners();
        for (const client of [this.dynamodb, this.eventbridge, this.lambda, this.sqs]) {
            client.destroy();
        }
        await this.cloud.close();
    }

    /** Waits for a message in a queue by its logical name. Mocha's timeout bounds the wait. */
    async letterIn(queue: string): Promise<Record<string, unknown>> {
        for (;;) {
            const [letter] = await this.receive(queue, 1);
            if (letter !== undefined) {
                return letter;
            }
        }
    }

    /** Puts a message on the queue of that name. */
    async send(queue: string, body: string): Promise<void> {
        await this.sqs.send(new SendMessageCommand({ QueueUrl: await this.queueUrl(queue), MessageBody: body }));
    }

    private async receiveDeadLetters(waitSeconds: number): Promise<void> {
        this.letters.push(...(await this.receive("push-delivery-dead-letters", waitSeconds)));
    }

    private async receive(queue: string, waitSeconds: number): Promise<readonly Record<string, unknown>[]> {
        const { Messages = [] } = await this.sqs.send(
            new ReceiveMessageCommand({
                QueueUrl: await this.queueUrl(queue),
                MaxNumberOfMessages: 10,
                WaitTimeSeconds: waitSeconds,
                VisibilityTimeout: 43_200,
            }),
        );
        return Messages.map(({ Body }) => JSON.parse(Body ?? "{}") as Record<string, unknown>);
    }

    private async queueUrl(queue: string): Promise<string> {
        const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
        const found = QueueUrls.find((url) => url.includes(queue));
        if (found === undefined) {
            throw new Error(`no queue ${queue} among ${QueueUrls.join(", ")}`);
        }
        return found;
    }
}
