import { createReadStream } from "node:fs";
import { CulvertError, maxPayloadBytes } from "@x/core";
import { CliError } from "../../cli-error.js";
import { systemErrorCode } from "../../state/system-error.js";

/** How the text of a message stands for its bytes. */
export interface PayloadForm {
  /** Whether it is hex digits. */
  readonly isHex: boolean;
  /** Whether it is the message itself whatever it is: `-` and `@file` too. */
  readonly isLiteral: boolean;
}

/** Says whether a message stands for standard input. */
export function isFromStandardInput(text: string, { isLiteral }: PayloadForm): boolean {
  return !isLiteral && text === "-";
}

/**
 * The bytes of a message: those of the text, of standard input for `-`, or of a file for `@file`.
 *
 * @throws CliError USAGE_INVALID; CulvertError MESSAGE_TOO_LARGE
 */
export async function readPayload(text: string, form: PayloadForm): Promise<Buffer> {
  const bytes = await readBytes(text, form);
  const payload = form.isHex ? decodeHex(bytes.toString("utf8")) : bytes;
  if (payload.length <= maxPayloadBytes) return payload;
  throw tooLarge(payload.length);
}

async function readBytes(text: string, form: PayloadForm): Promise<Buffer> {
  if (isFromStandardInput(text, form)) return collect(process.stdin, form);
  if (form.isLiteral || !text.startsWith("@")) return Buffer.from(text, "utf8");
  const path = text.slice(1);
  try {
    // A stream, and no file of known size, so that pipes can be read too.
    return await collect(createReadStream(path), form);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new CliError(
      "USAGE_INVALID",
      `Cannot send file ${JSON.stringify(path)}: ${systemErrorCode(error)}`,
      {
        hint: "Give a file as @file; --literal sends a text that begins with @",
        cause: error,
      },
    );
  }
}

/** Two digits a byte, and a line end. */
const maxHexBytes = maxPayloadBytes * 2 + 2;

async function collect(parts: AsyncIterable<Buffer>, { isHex }: PayloadForm): Promise<Buffer> {
  const collected: Buffer[] = [];
  let bytes = 0;
  for await (const part of parts) {
    bytes += part.length;
    if (bytes > (isHex ? maxHexBytes : maxPayloadBytes)) throw tooLarge(bytes);
    collected.push(part);
  }
  return Buffer.concat(collected);
}

function decodeHex(text: string): Buffer {
  const digits = text.trim().replace(/^0x/i, "");
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, "hex");
  const reason = `Cannot send ${JSON.stringify(text.slice(0, 80))}: it is no even number of hex digits`;
  throw new CliError("USAGE_INVALID", reason, { hint: "Give two digits for each byte, such as 00ff" });
}

/** @param bytes how many there are at least */
function tooLarge(bytes: number): CulvertError {
  const reason = `Cannot send message of ${bytes} bytes or more: limit is ${maxPayloadBytes} bytes`;
  return new CulvertError("MESSAGE_TOO_LARGE", reason);
}
