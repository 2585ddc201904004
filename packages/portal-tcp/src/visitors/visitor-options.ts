/** What an inlet tells the outlet about a visitor. */
export interface VisitorOptions {
  /** Where the visitor connected from: `203.0.113.7:51234`, `[2001:db8::1]:51234`. */
  readonly visitor?: string;
  /** Where the inlet took the connection, in the same form. */
  readonly entrance?: string;
}

const optionNumbers = { visitor: 1, entrance: 2 } as const;
/** An IPv6 address with zone, brackets and port is shorter. */
const maxTextBytes = 100;
const socketAddress = /^[0-9A-Za-z.:%[\]_-]+:\d{1,5}$/;

/**
 * Writes options as one after another: u8 number, u8 length, that many bytes.
 * See PROTOCOL.md, "Options of a portal's open".
 */
export function encodeVisitor(options: VisitorOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const name of ["visitor", "entrance"] as const) {
    const text = options[name];
    if (text === undefined || text.length > maxTextBytes) continue;
    parts.push(Uint8Array.of(optionNumbers[name], text.length), Buffer.from(text, "latin1"));
  }
  return Buffer.concat(parts);
}

/** Reads options; skips numbers it does not know. Returns nothing for bytes that are none. */
export function decodeVisitor(bytes: Uint8Array): VisitorOptions | undefined {
  const options: { visitor?: string; entrance?: string } = {};
  let at = 0;
  while (at < bytes.length) {
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) return undefined;
    const text = Buffer.from(bytes.subarray(at + 2, at + 2 + length)).toString("latin1");
    const name = optionName(bytes[at] as number);
    if (name !== undefined) {
      if (length > maxTextBytes || !socketAddress.test(text)) return undefined;
      options[name] = text;
    }
    at += 2 + length;
  }
  return options;
}

function optionName(number: number): "visitor" | "entrance" | undefined {
  if (number === optionNumbers.visitor) return "visitor";
  return number === optionNumbers.entrance ? "entrance" : undefined;
}
