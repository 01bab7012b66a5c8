import type { AllowanceRow } from "../functions/fan-out/direct-allowance";
import { CALL_MS } from "./counted-connections";
import type { Dice } from "./dice";
import type { VirtualTime } from "./virtual-time";

/** The row at DynamoDB, which is written by one request after the other. */
export class ModelAllowanceRow implements AllowanceRow {
    private usedUntil = 0;

    constructor(
        private readonly time: VirtualTime,
        private readonly dice: Dice,
    ) {}

    async begin(now: number, usedUntil: number): Promise<number | undefined> {
        return this.request(() => {
            if (this.usedUntil > now) {
                return this.usedUntil;
            }
            this.usedUntil = usedUntil;
            return undefined;
        });
    }

    async extend(milliseconds: number, limit: number): Promise<number | undefined> {
        return this.request(() => {
            if (this.usedUntil >= limit) {
                return undefined;
            }
            this.usedUntil += milliseconds;
            return this.usedUntil;
        });
    }

    private async request(write: () => number | undefined): Promise<number | undefined> {
        await this.time.sleep(this.dice.delay(CALL_MS.least, CALL_MS.mean));
        return write();
    }
}
