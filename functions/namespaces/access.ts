import type { Channel } from "../../contract/channels";
import { resolveChannel } from "../../contract/channels";
import { quoted } from "../../contract/json";
import type { Namespaces } from "./namespaces";
import type { Refusal } from "../../contract/protocol";
import type { Result } from "../../contract/result";
import { accepted, refused } from "../../contract/result";
import type { Namespace } from "../../contract/namespace";
import type { Identity } from "../../contract/rules";
import { permits } from "../../contract/rules";

/** A channel that a subscriber may have. */
export interface Access {
    readonly channel: Channel;
    readonly namespace: Namespace;
}

/**
 * Decides whether a subscriber gets a channel, by the rules of the channel's namespace: `bad_request` for what is no
 * channel, `unknown_namespace`, `forbidden`, or the channel with `@me` resolved.
 */
export async function accessTo(
    text: unknown,
    identity: Identity,
    namespaces: Namespaces,
): Promise<Result<Access, Refusal>> {
    const channel = resolveChannel(text, identity.userId);
    if (!channel.ok) {
        return channel;
    }
    const { name, namespace: namespaceName } = channel.value;
    const namespace = await namespaces.find(namespaceName);
    if (namespace === undefined) {
        return refused({
            code: "unknown_namespace",
            message: `Nobody registered the namespace ${quoted(namespaceName)}.`,
        });
    }
    return permits(namespace.rules, channel.value, identity)
        ? accepted({ channel: channel.value, namespace })
        : refused({
              code: "forbidden",
              message: `No rule of ${quoted(namespaceName)} opens ${quoted(name)} to this user.`,
          });
}
