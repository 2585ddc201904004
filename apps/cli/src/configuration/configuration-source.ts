import { CliError } from "../cli-error.js";
import { readText, readTextFile, type TextLimits } from "../framework/text-file.js";
import { systemErrorCode } from "../state/system-error.js";
import { fetchTimeoutMs, maxConfigurationBytes, maxRedirects } from "./limits.js";

/** A configuration as text, and where it is from, for error texts. */
export interface ConfigurationText {
  readonly text: string;
  /** `culvert.yaml`, `https://example.org/n1.yaml`, `--inline` */
  readonly source: string;
  /** Whether it came from another machine, whose owner must not read the environment here. */
  readonly isRemote?: boolean;
}

/**
 * Reads a configuration from a file, or from an `http` or `https` URL. At most 1 MiB of UTF-8.
 *
 * @throws CliError CONFIGURATION_INVALID when it is not there or cannot be used
 */
export async function readConfigurationText(where: string, signal: AbortSignal): Promise<ConfigurationText> {
  const isRemote = /^https?:\/\//i.test(where);
  const failed = (reason: string, cause?: unknown): CliError => unreadable(where, reason, cause);
  const limits = { maxBytes: maxConfigurationBytes, failed };
  const text = await (isRemote ? fetchText(where, signal, limits) : readTextFile(where, limits));
  return { text, source: where, isRemote };
}

async function fetchText(url: string, signal: AbortSignal, limits: TextLimits): Promise<string> {
  const timeout = AbortSignal.timeout(fetchTimeoutMs);
  try {
    const response = await follow(url, AbortSignal.any([timeout, signal]));
    if (!response.ok) throw unreadable(url, `the server answers ${response.status}`);
    return await readText((response.body ?? []) as AsyncIterable<Uint8Array>, limits);
  } catch (error) {
    if (timeout.aborted) throw unreadable(url, `it did not come within ${fetchTimeoutMs} ms`, error);
    if (error instanceof CliError) throw error;
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    throw unreadable(
      url,
      systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : "failed"),
      error,
    );
  }
}

/** Follows redirects by hand: their number is bounded, and none leads from a protected connection to an open one. */
async function follow(url: string, signal: AbortSignal): Promise<Response> {
  let place = new URL(url);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await fetch(place, { redirect: "manual", signal });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
    if (location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, place);
    const isAllowed = next.protocol === "https:" || (next.protocol === "http:" && place.protocol === "http:");
    if (!isAllowed) throw unreadable(url, `it redirects to ${next.protocol}//${next.host}`);
    place = next;
  }
  throw unreadable(url, `it redirects more than ${maxRedirects} times`);
}

function unreadable(where: string, reason: string, cause?: unknown): CliError {
  return new CliError("CONFIGURATION_INVALID", `Cannot read configuration ${where}: ${reason}`, {
    hint: "Give a YAML file or a URL of one; a node has a name of letters, digits, _ and -",
    cause,
  });
}
