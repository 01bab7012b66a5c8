/** A number of places, each held by one piece of work at a time; the rest waits in line. */
export class Slots {
    private readonly waiting: (() => void)[] = [];

    constructor(private free: number) {}

    /** Resolves once there is a place, which the caller then holds. */
    async take(): Promise<void> {
        if (this.free > 0) {
            this.free--;
            return;
        }
        await new Promise<void>((resolve) => this.waiting.push(resolve));
    }

    release(): void {
        const next = this.waiting.shift();
        if (next === undefined) {
            this.free++;
        } else {
            next();
        }
    }
}

/**
 * Does the work for each item of the pages, as many at a time as there are slots. Work begins with the first page, and
 * the next one is already being read meanwhile; more than that is not read ahead. When it returns or throws, no work is
 * left running.
 *
 * @throws what reading a page or a piece of work threw first.
 */
export async function forEachOfPages<T>(
    pages: AsyncIterable<readonly T[]>,
    slots: Slots,
    work: (item: T) => Promise<void>,
): Promise<void> {
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const start = (item: T): void => {
        const done = work(item)
            .catch((error: unknown) => void failures.push(error))
            .finally(() => {
                running.delete(done);
                slots.release();
            });
        running.add(done);
    };
    try {
        for await (const page of readAhead(pages)) {
            for (const item of page) {
                await slots.take();
                start(item);
            }
        }
    } finally {
        await Promise.all(running);
    }
    if (failures.length > 0) {
        throw failures[0];
    }
}

/** Asks for the next page before it hands out this one. */
async function* readAhead<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = pages[Symbol.asyncIterator]();
    let next = iterator.next();
    for (;;) {
        const page = await next;
        if (page.done === true) {
            return;
        }
        next = iterator.next();
        // It may fail while nobody waits for it yet. It still fails where it is awaited, in the next round.
        next.catch(() => undefined);
        yield page.value;
    }
}
