/** Kinds of datagrams. See PROTOCOL.md, "UDP". */
export const kinds = {
  hello: 1,
  cookie: 2,
  welcome: 3,
  full: 4,
  unsupported: 5,
  unknown: 6,
  goodbye: 7,
  ping: 8,
  pong: 9,
  frame: 10,
  fragment: 11,
} as const;

/** The version of the wire format in this package. */
export const protocolVersion = 1;

/** Length of what every datagram begins with: magic, version, kind and connection id, in bytes. */
export const headerBytes = 12;

/** Length of a connection id, in bytes. */
export const idBytes = 8;

/** `CU` in ASCII. */
const magic = 0x4355;

/** A datagram whose beginning makes sense. */
export interface Datagram {
  readonly version: number;
  readonly kind: number;
  /** Chosen by the dialler: 8 random bytes, here as a string of 8 characters. */
  readonly id: string;
  readonly body: Buffer;
}

/** Reads the beginning of a datagram; nothing if it is not one of ours. Never throws. */
export function decodeDatagram(bytes: Buffer): Datagram | undefined {
  if (bytes.length < headerBytes || bytes.readUInt16BE(0) !== magic) return undefined;
  return {
    version: bytes[2] as number,
    kind: bytes[3] as number,
    id: bytes.toString("latin1", 4, headerBytes),
    body: bytes.subarray(headerBytes),
  };
}

/** Writes the beginning of a datagram at `at`, and returns where its body begins. */
export function writeHeader(bytes: Buffer, at: number, kind: number, id: string): number {
  bytes.writeUInt16BE(magic, at);
  bytes[at + 2] = protocolVersion;
  bytes[at + 3] = kind;
  bytes.write(id, at + 4, idBytes, "latin1");
  return at + headerBytes;
}

/** A datagram with a small body. */
export function encodeDatagram(kind: number, id: string, body: Uint8Array = noBytes): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + body.length);
  bytes.set(body, writeHeader(bytes, 0, kind, id));
  return bytes;
}

const noBytes = new Uint8Array(0);
