/** Bytes of hexadecimal text; white space is skipped. */
export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
/** Bytes as hexadecimal text. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
