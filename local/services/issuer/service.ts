import type { Service } from "../../host/service";
import { LocalIssuer } from "./issuer";

export interface IssuerSettings {
    /** The `aud` of tokens. Defaults to `local-cloud`. */
    readonly audience?: string;
}

const MOUNT = "_issuer";

export const issuer: Service<"issuer", LocalIssuer, IssuerSettings> = {
    name: "issuer",
    async start({ http, httpUrl, clock }, { audience = "local-cloud" }) {
        const tokens = await LocalIssuer.create({ url: () => `${httpUrl()}/${MOUNT}`, audience, clock });
        http.mount(MOUNT, tokens.handle);
        return { api: tokens };
    },
};
