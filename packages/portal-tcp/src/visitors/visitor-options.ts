/** What an inlet tells the outlet about a visitor. */
export interface VisitorOptions {
  /** Where the visitor connected from: `203.0.113.7:51234`, `[2001:db8::1]:51234`. */
  readonly visitor?: string;
  /** Where the inlet took the connection, in the same form. */
  readonly entrance?: string;
  /** What the inlet calls the visitor, so that the records of both ends can be told to belong together: 32 hex digits. */
  readonly id?: string;
  /** `1`: nobody visits. The stream ends in good order as soon as the target takes connections, as far as the outlet knows. */
  readonly watch?: string;
}

type OptionName = keyof VisitorOptions;

/** An IPv6 address with zone, brackets and port is shorter than 100 bytes. */
const socketAddress = /^(?=.{1,100}$)[0-9A-Za-z.:%[\]_-]+:\d{1,5}$/;

/** The number of each option, and the shape it has to have. */
const shapes: Readonly<Record<OptionName, { readonly number: number; readonly shape: RegExp }>> = {
  visitor: { number: 1, shape: socketAddress },
  entrance: { number: 2, shape: socketAddress },
  id: { number: 3, shape: /^[0-9a-f]{32}$/ },
  watch: { number: 4, shape: /^1$/ },
};
const names = Object.keys(shapes) as OptionName[];

/**
 * Writes options as one after another: u8 number, u8 length, that many bytes. What is not of its shape is left out.
 * See PROTOCOL.md, "Options of a portal's open".
 */
export function encodeVisitor(options: VisitorOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const name of names) {
    const text = options[name];
    if (text === undefined || !shapes[name].shape.test(text)) continue;
    parts.push(Uint8Array.of(shapes[name].number, text.length), Buffer.from(text, "latin1"));
  }
  return Buffer.concat(parts);
}

/** Reads options; skips numbers it does not know. Returns nothing for bytes that are none. */
export function decodeVisitor(bytes: Uint8Array): VisitorOptions | undefined {
  const options: { -readonly [Name in OptionName]?: string } = {};
  let at = 0;
  while (at < bytes.length) {
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) return undefined;
    const name = names.find((one) => shapes[one].number === bytes[at]);
    if (name !== undefined) {
      const text = Buffer.from(bytes.subarray(at + 2, at + 2 + length)).toString("latin1");
      if (!shapes[name].shape.test(text)) return undefined;
      options[name] = text;
    }
    at += 2 + length;
  }
  return options;
}
