import type { QueueEntry } from "../../../functions/deliveries/delivery-queue";
import type { Dice } from "../../../simulation/dice";
import { QueueSource, workedOff } from "../../../simulation/event-source";
import { ModelFunction } from "../../../simulation/lambda";
import type { Fate } from "../../../simulation/life";
import { Life } from "../../../simulation/life";
import type { QueuedMessage } from "../../../simulation/queue";
import { ModelQueue } from "../../../simulation/queue";
import type { Routes } from "../../../simulation/sockets";
import type { VirtualTime } from "../../../simulation/virtual-time";
import type { Handlers, Surroundings } from "./functions";
import { createHandlers } from "./functions";

const VISIBILITY_MS = 180_000;
const MAX_RECEIVES = 10;
const DELIVERERS = { concurrency: 5, batchSize: 10 };

/** The functions in Lambda, the delivery queue before the deliverer, and the dead letters of both. */
export class Platform {
    readonly letters: string[] = [];
    readonly routes: Routes;
    private readonly notifier: ModelFunction<unknown, unknown>;
    private readonly queue: ModelQueue;

    constructor(
        private readonly time: VirtualTime,
        private readonly dice: Dice,
        private readonly surroundings: Omit<Surroundings, "sendBatch" | "putLetter">,
        private readonly fate: Fate,
    ) {
        const putAway = (body: string): void => void this.letters.push(body);
        const faultless = { duplicates: 0, unsent: 0 };
        this.queue = new ModelQueue(time, dice, {
            visibilityMs: VISIBILITY_MS,
            maxReceives: MAX_RECEIVES,
            ...faultless,
            putAway,
        });
        const [connect, message, disconnect] = [this.run("connect"), this.run("message"), this.run("disconnect")];
        this.routes = {
            connect: (event) => connect.invoke(event),
            message: (event) => message.invoke(event),
            disconnect: (event) => disconnect.invoke(event),
        };
        this.notifier = this.run("notify");
        new QueueSource(time, dice, this.queue, DELIVERERS, this.deliverers()).start();
    }

    /** An event as the bus hands it over: its function runs again where it failed, and at last it is put away. */
    async notify(event: unknown): Promise<void> {
        await this.notifier.invokeLater(event, (error) => {
            this.letters.push(
                JSON.stringify({
                    requestContext: { requestId: this.surroundings.newId(), condition: "RetriesExhausted" },
                    requestPayload: event,
                    responsePayload: { errorMessage: String(error) },
                }),
            );
        });
    }

    /** As an operator invokes the notifier: rejects where it fails. */
    notifyNow(event: unknown): Promise<unknown> {
        return this.notifier.invoke(event);
    }

    async send(entries: readonly QueueEntry[]): Promise<void> {
        await this.queue.sendBatch(entries);
    }

    private run<Name extends keyof Handlers>(
        name: Name,
    ): ModelFunction<Parameters<Handlers[Name]>[0], Awaited<ReturnType<Handlers[Name]>>> {
        return new ModelFunction(this.time, this.dice, { name }, () => {
            const { life, handlers } = this.start();
            // The compiler does not see that the handler of a name takes and gives what that name says.
            const handler = handlers[name] as (input: unknown) => Promise<Awaited<ReturnType<Handlers[Name]>>>;
            return { life, run: handler };
        });
    }

    private deliverers(): ModelFunction<readonly QueuedMessage[], readonly QueuedMessage[]> {
        return new ModelFunction(this.time, this.dice, { name: "deliver" }, () => {
            const { life, handlers } = this.start();
            return { life, run: workedOff(handlers.deliver) };
        });
    }

    private start(): { readonly life: Life; readonly handlers: Handlers } {
        const life = new Life(this.fate);
        const surroundings: Surroundings = {
            ...this.surroundings,
            sendBatch: this.queue.sendBatch,
            putLetter: (body) => {
                this.letters.push(body);
            },
        };
        return { life, handlers: createHandlers(surroundings, life) };
    }
}
