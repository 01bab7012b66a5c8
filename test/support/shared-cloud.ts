import { sleep } from "../../functions/runtime/backoff";
import { createDeliveryQueue, sqsBatches } from "../../functions/deliveries/delivery-queue";
import type { LocalCloudOptions } from "../../local/cloud/local-cloud";
import { DrivenCloud, launch } from "../../operations/exercise/driven-cloud";
import { lettersIn, publishWith, queuesOf } from "../../operations/redrive/aws";
import type { RedriveSummary } from "../../operations/redrive/redrive";
import { redrive } from "../../operations/redrive/redrive";

let starting: Promise<TestCloud> | undefined;

/** One local cloud for the whole run: both real programs, on free ports. Ended by the root hook in `hooks.ts`. */
export function sharedCloud(): Promise<TestCloud> {
    starting ??= TestCloud.start();
    return starting;
}

export async function closeSharedCloud(): Promise<void> {
    await (await starting)?.close();
}

/** The local cloud with what tests do to it. */
export class TestCloud extends DrivenCloud {
    /** A cloud of its own, for what would disturb others: failures, and other times. */
    static override async start(changes: Partial<LocalCloudOptions> = {}): Promise<TestCloud> {
        return new TestCloud(await launch(changes));
    }

    /** Does with the dead letters what an operator's command does with `--execute`, and looks no further. */
    async redrive(): Promise<RedriveSummary> {
        const queues = await queuesOf(this.lambda, this.platform.notifierArn);
        return redrive(
            {
                letters: lettersIn(this.sqs, queues.deadLetters),
                publish: publishWith(this.lambda, this.platform.notifierArn),
                deliveries: createDeliveryQueue(sqsBatches(queues.deliveries, this.sqs), sleep, Math.random),
                clock: Date.now,
                print: () => undefined,
            },
            { watchSeconds: 0 },
        );
    }
}
