import type { SettingsOf } from "../runtime/settings";
import { REGISTRY_TABLE } from "../runtime/shared-settings";

export const DISCONNECT_SETTINGS = { registryTable: REGISTRY_TABLE };

export type DisconnectSettings = SettingsOf<typeof DISCONNECT_SETTINGS>;
