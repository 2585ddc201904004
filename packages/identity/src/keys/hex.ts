import { CulvertError, type ErrorCode } from "@x/core";

/** Bytes as lowercase hex digits. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * The bytes of hex digits of either case.
 *
 * @param maxBytes nothing longer is looked at
 * @param code what to fail with for anything else; the text is not repeated
 */
export function fromHex(
  what: string,
  text: string,
  maxBytes: number,
  code: ErrorCode = "IDENTITY_INVALID",
): Uint8Array<ArrayBuffer> {
  if (text.length > 2 * maxBytes || !/^(?:[0-9a-f]{2})+$/i.test(text)) {
    const reason = `it has to be an even number of hex digits, ${2 * maxBytes} at most`;
    throw new CulvertError(code, `Cannot read ${what}: ${reason}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}
