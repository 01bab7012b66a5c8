/** What a log should say of something thrown: with its stack, since nobody expected it. */
export function errorText(error: unknown): string {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
