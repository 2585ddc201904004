import { optionInvalid } from "@x/core";
import type { WsOptions } from "../settings.js";

/**
 * Checks the options that have no effect in browsers, whose pages need not load the checks.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function checkOptions({ origins = [], proxy }: WsOptions): void {
  for (const origin of origins) {
    if (typeof origin === "string" && URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw optionInvalid("origins", origin, 'it has to be origins, such as "https://app.example"');
  }
  const isNone = proxy === undefined || proxy === false;
  // A proxy may have a password, which no error shows.
  if (!isNone && !(URL.canParse(proxy) && proxy.startsWith("http://")))
    throw optionInvalid("proxy", "…", "it has to be a URL that begins with http://");
}
