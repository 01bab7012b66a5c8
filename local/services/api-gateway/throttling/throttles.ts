import type { Stage } from "../definition/api-catalog";
import type { Throttling } from "../definition/definition";
import type { GatewayLimits } from "./limits";
import { TokenBucket } from "./token-bucket";

/** The throttles: the account's, and those that stages set for their routes. */
export class Throttles {
    readonly #requests: TokenBucket;
    readonly #handshakes: TokenBucket;
    readonly #routes = new Map<string, TokenBucket>();

    constructor(
        limits: GatewayLimits,
        private readonly clock: () => number,
    ) {
        this.#requests = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, clock);
        this.#handshakes = new TokenBucket(limits.connectionsPerSecond, limits.connectionsPerSecond, clock);
    }

    /** One message or one call of `@connections`. */
    allowsRequest(): boolean {
        return this.#requests.take();
    }

    allowsHandshake(): boolean {
        return this.#handshakes.take();
    }

    /** One request on a route. A route without a setting of its own has the stage's default, in a bucket of its own. */
    allowsRoute(stage: Stage, routeKey: string): boolean {
        const { name, routeThrottling, defaultThrottling } = stage.settings;
        const throttling = routeThrottling.get(routeKey) ?? defaultThrottling;
        return throttling === undefined || this.#bucket(`${name}/${routeKey}`, throttling).take();
    }

    #bucket(id: string, { rate, burst }: Throttling): TokenBucket {
        const known = this.#routes.get(id);
        if (known?.rate === rate && known.burst === burst) {
            return known;
        }
        const bucket = new TokenBucket(rate, burst, this.clock);
        this.#routes.set(id, bucket);
        return bucket;
    }
}
