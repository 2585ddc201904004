import { createReadStream } from "node:fs";
import { CliError } from "../cli-error.js";
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
  const bytes = isRemote ? await fetchBytes(where, signal) : await readBytes(where);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), source: where, isRemote };
  } catch (error) {
    throw unreadable(where, "it is not UTF-8 text", error);
  }
}

/** A stream, and no file of known size, so that pipes such as `/dev/stdin` can be read too. */
async function readBytes(path: string): Promise<Buffer> {
  try {
    return await collect(path, createReadStream(path));
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: "there is no such file",
      EISDIR: "it is a folder",
      EACCES: "it may not be read",
    };
    const code = systemErrorCode(error) ?? String(error);
    throw unreadable(path, reasons[code] ?? code, error);
  }
}

async function fetchBytes(url: string, signal: AbortSignal): Promise<Buffer> {
  const timeout = AbortSignal.timeout(fetchTimeoutMs);
  try {
    const response = await follow(url, AbortSignal.any([timeout, signal]));
    if (!response.ok) throw unreadable(url, `the server answers ${response.status}`);
    return await collect(url, (response.body ?? []) as AsyncIterable<Uint8Array>);
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (timeout.aborted) throw unreadable(url, `it did not come within ${fetchTimeoutMs} ms`, error);
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

async function collect(where: string, parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of parts) {
    bytes += part.length;
    if (bytes > maxConfigurationBytes) throw unreadable(where, `it is over ${maxConfigurationBytes} bytes`);
    collected.push(part);
  }
  return Buffer.concat(collected);
}

function unreadable(where: string, reason: string, cause?: unknown): CliError {
  return new CliError("CONFIGURATION_INVALID", `Cannot read configuration ${where}: ${reason}`, {
    hint: "Give a YAML file or a URL of one",
    cause,
  });
}
