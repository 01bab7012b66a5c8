import { SYSTEM } from "../edges/system";
import { readSettings } from "../runtime/settings";
import { fetchJson } from "../tokens/fetch-json";
import { compose } from "./compose";
import { AUTHORIZE_SETTINGS } from "./settings";

export const handler = compose(readSettings(process.env, AUTHORIZE_SETTINGS), { ...SYSTEM, fetchJson });
