import { createReadStream } from "node:fs";
import type { CliError } from "../cli-error.js";
import { systemErrorCode } from "../state/system-error.js";

/** What a text may be, and how its user is told that it is not. */
export interface TextLimits {
  readonly maxBytes: number;
  /** Makes the error, of a reason such as `there is no such file`. */
  readonly failed: (reason: string, cause?: unknown) => CliError;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it may not be read",
  EBADF: "there is no such descriptor",
};

/**
 * Reads a file of UTF-8 text that the user names. As a stream, so that pipes can be read too.
 *
 * @param path `-` for standard input, `/dev/fd/3` for a descriptor, which may be anything that can be read
 * @throws CliError what `failed` makes
 */
export async function readTextFile(path: string, limits: TextLimits): Promise<string> {
  // By its number: the name of a socket cannot be opened.
  const [, descriptor] = /^\/dev\/fd\/(\d{1,9})$/.exec(path) ?? [];
  const fd = path === "-" ? 0 : descriptor === undefined ? undefined : Number(descriptor);
  return readText(createReadStream(path, fd === undefined ? {} : { fd }), limits);
}

/**
 * Reads UTF-8 text to its end.
 *
 * @throws CliError what `failed` makes
 */
export async function readText(parts: AsyncIterable<Uint8Array>, limits: TextLimits): Promise<string> {
  const { maxBytes, failed } = limits;
  const collected: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of parts) {
      bytes += part.length;
      // One part more than is kept, and the rest is not read.
      collected.push(part);
      if (bytes > maxBytes) break;
    }
  } catch (error) {
    const code = systemErrorCode(error) ?? String(error);
    throw failed(reasons[code] ?? code, error);
  }
  if (bytes > maxBytes) throw failed(`it is over ${maxBytes} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(collected));
  } catch (error) {
    throw failed("it is not UTF-8 text", error);
  }
}
