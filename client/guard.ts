/** A handler that throws must not keep others from being called; its error still reaches the page's error handling. */
export function guard(call: () => void): void {
    try {
        call();
    } catch (error) {
        queueMicrotask(() => {
            throw error;
        });
    }
}
