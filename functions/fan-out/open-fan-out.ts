import type { PutLetter } from "../deliveries/dead-letters";
import { createDeadLetters } from "../deliveries/dead-letters";
import type { ChunkDeliveryDeps, DeliverChunk, RetryLimits } from "../deliveries/chunk-delivery";
import { createChunkDelivery } from "../deliveries/chunk-delivery";
import { createDeliveryQueue } from "../deliveries/delivery-queue";
import type { Edges } from "../edges/edges";
import { Regulator } from "../posting/regulator";
import { TokenBucket } from "../posting/token-bucket";
import type { Audience } from "../registry/audience";
import { RegistryAudience } from "../registry/audience";
import type { EndedConnections } from "../registry/registry";
import { openRegistry } from "../registry/registry";
import { Slots } from "../runtime/concurrency";
import type { FramePoster } from "../transports/transport";
import { paceFor } from "./pace";
import type { FanOutRole } from "./roles";
import type { ExpandRange } from "./range-expansion";
import { createRangeExpansion } from "./range-expansion";
import type { FanOutSettings } from "./settings";
import { DELIVERY_LIMITS, GRACE_SECONDS } from "./settings";

type Pace = Pick<FanOutSettings, "deliveryRate" | "deliveryConcurrency">;
type FanOutEdges = Pick<
    Edges,
    "documents" | "transport" | "sendBatch" | "putLetter" | "clock" | "sleep" | "random" | "log"
>;

/** What the fan-out reaches, whatever the registry is kept in. */
export interface AssemblyEdges extends Omit<FanOutEdges, "documents" | "transport"> {
    readonly transport: FramePoster;
    readonly audience: Audience;
    readonly registry: EndedConnections;
    readonly putLetter: PutLetter;
}

export interface FanOutParts {
    readonly audience: Audience;
    /** What whatever else posts from here shares with the fan-out. */
    readonly posting: ChunkDeliveryDeps & { readonly deadLetters: ReturnType<typeof createDeadLetters> };
    readonly deliver: DeliverChunk;
    readonly expand: ExpandRange;
}

/** The parts of the fan-out, over the registry in its table. */
export function openFanOut(settings: FanOutSettings, role: FanOutRole, edges: FanOutEdges): FanOutParts {
    const { registryTable } = settings;
    const audience = new RegistryAudience(edges.documents, registryTable, edges.clock);
    return assembleFanOut(settings, role, {
        ...edges,
        audience,
        registry: openRegistry(edges.documents, registryTable, edges),
    });
}

/** One set of parts for an execution environment: the pace is of all that it posts. */
export function assembleFanOut(
    { deliveryRate, deliveryConcurrency }: Pace,
    { burst, patient, budgetMs }: FanOutRole,
    { transport, audience, registry, sendBatch, putLetter, clock, sleep, random, log }: AssemblyEdges,
    limits: RetryLimits = DELIVERY_LIMITS,
): FanOutParts {
    const { workerRate, chunkSize } = paceFor(deliveryRate);
    const queue = createDeliveryQueue(sendBatch, sleep, random);
    const posting = {
        transport,
        registry,
        queue,
        deadLetters: createDeadLetters(putLetter),
        slots: new Slots(deliveryConcurrency),
        regulator: new Regulator(new TokenBucket(workerRate, burst, clock), clock),
        patient,
        chunkSize,
        limits,
        graceSeconds: GRACE_SECONDS,
        clock,
        sleep,
        random,
        log,
    };
    const { maxAttempts } = limits;
    return {
        audience,
        posting,
        deliver: createChunkDelivery(posting),
        expand: createRangeExpansion({ audience, queue, chunkSize, maxAttempts, budgetMs, clock, sleep, random, log }),
    };
}
