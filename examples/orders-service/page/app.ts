import { PushClient, type PushMessage, type State } from "../../../client/index.js";

type Order = Readonly<Record<string, unknown>>;
const settings = JSON.parse(element("settings").textContent) as { webSocketUrl: string; tokenUrl?: string };
const asksForName = settings.tokenUrl !== undefined;
for (const field of document.querySelectorAll<HTMLElement>("[data-for]")) {
    field.hidden = (field.dataset["for"] === "name") !== asksForName;
}

let client: PushClient | undefined;
const rows = new Map<string, HTMLElement>();
/** Of each order, deleted ones too, the number of the change that the page shows. */
const sequences = new Map<string, bigint>();

element("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    if (valueOf(asksForName ? "customer" : "token") === "") {
        complain(asksForName ? "Enter a customer's name, for example ada." : "Paste an access token.");
        return;
    }
    complain("");
    client?.close();
    client = follow(valueOf("role") === "staff" ? "orders/@all" : "orders/@me");
});

function follow(channel: string): PushClient {
    const [customer, role, pasted] = [valueOf("customer"), valueOf("role"), valueOf("token")];
    const token = asksForName ? () => fetchToken(customer, role) : () => pasted;
    const created = new PushClient(settings.webSocketUrl, { token });
    sequences.clear();
    rows.clear();
    element("orders").replaceChildren();
    element("empty").hidden = false;
    created.onState(show);
    created.subscribe(channel, {
        subscribed: () => {
            complain("");
            show(created.state, `Live as ${created.session?.userId ?? "nobody"}`);
        },
        message: showChange,
        gap: ({ reason }) => {
            sequences.clear(); // A channel that was started over may number its changes anew, too.
            complain(`Changes may be missing (${reason}): what is shown below can be out of date.`);
        },
        error: (refusal) => {
            complain(`${refusal.message} (${refusal.code})`);
        },
    });
    created.connect();
    return created;
}

async function fetchToken(sub: string, role: string): Promise<string> {
    const query = new URLSearchParams(role === "" ? { sub } : { sub, role });
    const response = await fetch(`${settings.tokenUrl ?? ""}?${query}`);
    if (!response.ok) {
        throw new Error(`The token service answered ${response.status}.`);
    }
    return ((await response.json()) as { access_token: string }).access_token;
}

function showChange({ data, sequence }: PushMessage): void {
    const { old: before, new: after } = data as { old: Order | null; new: Order | null };
    const order = after ?? before ?? {};
    const key = JSON.stringify([order["customer"], order["orderId"]]);
    // Changes that were made close together are numbered in any order: an older one must not take back a newer one.
    if (sequence !== undefined && BigInt(sequence) <= (sequences.get(key) ?? -1n)) {
        return;
    }
    sequences.set(key, BigInt(sequence ?? 0));
    const row = rows.get(key) ?? document.createElement("li");
    rows.set(key, row);
    const title = `Order ${text(order["orderId"])}${valueOf("role") === "staff" ? ` of ${text(order["customer"])}` : ""}`;
    const status = after === null ? "deleted" : text(after["status"]);
    const change = part("change", status);
    if (before && after && before["status"] !== after["status"]) {
        change.prepend(part("before", text(before["status"]), "del"), " ");
    }
    const details = Object.entries(order).filter(([name]) => !["customer", "orderId", "status"].includes(name));
    const told = [...details.map(([name, value]) => `${name} ${text(value)}`), new Date().toLocaleTimeString()];
    row.replaceChildren(part("order", title), change, part("detail", told.join(" · ")));
    element("orders").prepend(row);
    element("empty").hidden = true;
    element("announcer").textContent = `${title}: ${status}`;
}

const WORDS: Readonly<Record<State["status"], string>> = {
    idle: "Not connected",
    connecting: "Connecting…",
    connected: "Connected",
    waiting: "Connection lost; what changes meanwhile comes when it is back. Reconnecting…",
    refused: "Not let in: the token or this page's origin may not be accepted, or the network may be down. Trying on…",
    closed: "Not connected",
};

function show({ status }: State, words = WORDS[status]): void {
    element("status").dataset["state"] = status;
    element("status").textContent = words;
}

function part(className: string, content: string, tag = "span"): HTMLElement {
    return Object.assign(document.createElement(tag), { className, textContent: content });
}

function text(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}

function valueOf(id: string): string {
    return (element(id) as HTMLInputElement).value.trim();
}

function complain(problem: string): void {
    element("problem").textContent = problem;
}

function element(id: string): HTMLElement {
    return document.getElementById(id) ?? document.body;
}
