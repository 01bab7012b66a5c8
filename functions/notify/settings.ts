import { FAN_OUT_SETTINGS } from "../fan-out/settings";
import type { SettingsOf } from "../runtime/settings";
import { FUNCTION_NAME, MESSAGE_LOG_TABLE, NAMESPACE_TABLE } from "../runtime/shared-settings";

export const NOTIFY_SETTINGS = {
    ...FAN_OUT_SETTINGS,
    namespaceTable: NAMESPACE_TABLE,
    messageLogTable: MESSAGE_LOG_TABLE,
    functionName: FUNCTION_NAME,
};

export type NotifySettings = SettingsOf<typeof NOTIFY_SETTINGS>;
