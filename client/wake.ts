/** The part of a window, or of its document, that is used. */
interface Source {
    addEventListener?(type: string, listener: () => void): void;
    removeEventListener?(type: string, listener: () => void): void;
}

interface Page extends Source {
    readonly document?: Source & { readonly visibilityState?: string };
}

/**
 * Calls back when a page comes back to the network, into view, or from being frozen: its connection may have died
 * meanwhile. Returns what ends that. Does nothing where there is no page.
 */
export function onWake(callback: () => void): () => void {
    const page = globalThis as Page;
    const { document } = page;
    const seen = (): void => {
        if (document?.visibilityState !== "hidden") {
            callback();
        }
    };
    const sources: readonly (readonly [Source | undefined, string, () => void])[] = [
        [page, "online", callback],
        [document, "visibilitychange", seen],
        [document, "resume", callback],
    ];
    for (const [source, type, listener] of sources) {
        source?.addEventListener?.(type, listener);
    }
    return () => {
        for (const [source, type, listener] of sources) {
            source?.removeEventListener?.(type, listener);
        }
    };
}
