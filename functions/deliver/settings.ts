import { FAN_OUT_SETTINGS } from "../fan-out/settings";
import type { SettingsOf } from "../runtime/settings";
import { FUNCTION_NAME, MESSAGE_LOG_TABLE } from "../runtime/shared-settings";

export const DELIVER_SETTINGS = {
    ...FAN_OUT_SETTINGS,
    messageLogTable: MESSAGE_LOG_TABLE,
    functionName: FUNCTION_NAME,
};

export type DeliverSettings = SettingsOf<typeof DELIVER_SETTINGS>;
