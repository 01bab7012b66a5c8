/** A line of progress, for people. */
export type Report = (line: string) => void;

const PATIENCE_MS = 1_000;

/** Does `work`; if it takes longer than a second, says meanwhile what is being done. */
export async function step<T>(label: string, report: Report, work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
        report(`${label} …`);
    }, PATIENCE_MS);
    try {
        return await work();
    } finally {
        clearTimeout(timer);
    }
}
