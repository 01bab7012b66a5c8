/** Decides whether a page of this origin, as its browser sends it, may connect. */
export type AllowsOrigin = (origin: string) => boolean;

/** Schemes whose pages have no origin but `null`, or of which there are no pages. */
const WITHOUT_ORIGIN: ReadonlySet<string> = new Set(["about", "blob", "data", "ftp", "javascript", "ws", "wss"]);

/** `scheme://host:port` without a path. Safari writes the ids of its extensions in upper case. */
const OTHER_ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([A-Za-z0-9._-]+(?::[1-9]\d{0,4})?)$/;

/** `https://*.preview.example.com`, below a domain of two labels or more: below one would be a whole registry. */
const WILDCARD = /^(https?):\/\/\*\.((?:[a-z0-9_-]+\.)+[a-z0-9_-]+(?::\d+)?)$/;

/**
 * Decides by a list of origins whose pages may connect:
 * - `https://shop.example.com`, `http://localhost:5173`: that very origin;
 * - `https://*.preview.example.com`: every host below it, by one label or more, but not that host itself, as in a
 *   Content-Security-Policy;
 * - `capacitor://localhost`, `tauri://localhost`, `chrome-extension://<id>`, `file://`: pages of apps and extensions;
 * - `*`: every page.
 *
 * What `originAdvice` has a word about matches nothing.
 */
export function originMatcher(origins: readonly string[]): AllowsOrigin {
    const matchers = origins.filter((origin) => originAdvice(origin) === undefined).map(matcherOf);
    return (origin) => matchers.some((matches) => matches(origin));
}

/**
 * What to write in place of an origin that no browser ever sends, after "write"; `undefined` where it is right. It would
 * match nothing, and lock its page out without a word.
 */
export function originAdvice(text: string): string | undefined {
    if (text === "*" || isOrigin(text) || wildcardOf(text) !== undefined) {
        return undefined;
    }
    if (text === "null") {
        return '"*" if every page may connect: each can have its browser send "null", from a sandboxed frame';
    }
    return text.includes("*")
        ? 'https://*.preview.example.com, a "*." before a domain of two labels or more, for every host below it by one ' +
              "label or more"
        : `an origin as browsers send it, which has no path: ${meant(text)}`;
}

function matcherOf(text: string): AllowsOrigin {
    if (text === "*") {
        return () => true;
    }
    const below = wildcardOf(text);
    const wanted = text.toLowerCase();
    return below === undefined
        ? (origin) => origin.toLowerCase() === wanted
        : (origin) => below.test(origin.toLowerCase());
}

/** What the origins below a domain look like; `undefined` for another text. */
function wildcardOf(text: string): RegExp | undefined {
    const [, scheme, domain] = WILDCARD.exec(text) ?? [];
    return scheme !== undefined && domain !== undefined && isOrigin(`${scheme}://${domain}`)
        ? new RegExp(`^${scheme}://(?:[a-z0-9_-]+\\.)+${domain.replaceAll(".", "\\.")}$`)
        : undefined;
}

/** Whether a browser may send this. Of http and https addresses the URL standard says in which form. */
function isOrigin(text: string): boolean {
    if (/^https?:/.test(text)) {
        return URL.canParse(text) && new URL(text).origin === text && !text.includes("*");
    }
    const [, scheme = ""] = OTHER_ORIGIN.exec(text) ?? [];
    return text === "file://" || (scheme !== "" && scheme !== "file" && !WITHOUT_ORIGIN.has(scheme));
}

/** What somebody who wrote this probably means. */
function meant(text: string): string {
    const page = text.replace(/^ws(s?):/i, "http$1:");
    const origin = URL.canParse(page) ? new URL(page).origin : "null";
    const [other = ""] = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d+)?/.exec(page.toLowerCase()) ?? [];
    const candidate = origin === "null" ? other : origin;
    return isOrigin(candidate) ? candidate : "https://shop.example.com";
}
