import { createRequire } from "node:module";
import type { ConfigureAnalyzerRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { assertKnownSettings } from "./known-settings";
import type { Configurable, GivenSettings } from "./known-settings";

/** How the SDK's server reads the call by which the engine hands over the settings. */
interface ConfigureMethod {
    requestDeserialize: (bytes: Buffer) => ConfigureAnalyzerRequest;
}

/**
 * Has the pack's server answer settings that are wrong with an error, which ends the preview. The SDK has no place to
 * look at all settings at once: a rule sees its own, and nobody those of a rule that there is not. So this looks at them
 * when the server's handler does. To be called before a pack is made.
 */
export function refuseUnknownSettings(rules: readonly Configurable[]): void {
    // The very module that the SDK's server has: a pack may be installed with two copies of it.
    const ofSdk = createRequire(require.resolve("@pulumi/policy"));
    const { AnalyzerService } = ofSdk("@pulumi/pulumi/proto/analyzer_grpc_pb") as {
        readonly AnalyzerService: { readonly configure: ConfigureMethod };
    };
    const { configure } = AnalyzerService;
    const read = configure.requestDeserialize;
    configure.requestDeserialize = (bytes) => {
        const request = read(bytes);
        const settings = request.getPolicyconfigMap();
        // Where the handler asks for them it also answers with what is thrown; here the server would keep the text back.
        request.getPolicyconfigMap = () => {
            assertKnownSettings(plain(settings), rules);
            return settings;
        };
        return request;
    };
}

function plain(given: ReturnType<ConfigureAnalyzerRequest["getPolicyconfigMap"]>): GivenSettings {
    const settings: Record<string, Readonly<Record<string, unknown>>> = {};
    given.forEach((config, name) => {
        settings[name] = config.getProperties()?.toJavaScript() ?? {};
    });
    return settings;
}
