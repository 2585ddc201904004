import { CulvertError } from "@x/core";
import {
  maxHelloExtensionBytes,
  maxMaxFrameBytes,
  maxTimeMs,
  minDeadPeerMs,
  minMaxFrameBytes,
} from "../limits.js";

/** What each end says first. See PROTOCOL.md, "TCP". */
export interface Hello {
  /** Largest frame this end accepts, in bytes. */
  readonly maxFrameBytes: number;
  /** Silence after which this end takes the other for dead, in milliseconds. */
  readonly deadPeerMs: number;
  /** This end has no room for another connection. */
  readonly full: boolean;
}

/** The version of the wire format in this package. */
const protocolVersion = 1;

/** Length of a hello without extension, in bytes. */
const helloBytes = 16;

/** `CULV` in ASCII. */
const magic: readonly number[] = [0x43, 0x55, 0x4c, 0x56];

const fullFlag = 0x01;

/** The bytes of a hello, without extension. */
export function encodeHello(hello: Hello): Uint8Array {
  const bytes = new Uint8Array(helloBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint8(4, protocolVersion);
  view.setUint8(5, hello.full ? fullFlag : 0);
  view.setUint16(6, 0);
  view.setUint32(8, hello.maxFrameBytes);
  view.setUint32(12, hello.deadPeerMs);
  return bytes;
}

/**
 * Reads a hello from the bytes that came so far. Returns its length too, or nothing when more bytes are needed.
 * The first byte that cannot be part of a hello ends the attempt.
 *
 * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED
 */
export function decodeHello(bytes: Uint8Array): { hello: Hello; length: number } | undefined {
  for (let i = 0; i < Math.min(magic.length, bytes.length); i++) {
    if (bytes[i] !== magic[i])
      throw new CulvertError("HANDSHAKE_FAILED", "Cannot shake hands: the peer does not speak Culvert");
  }
  checkVersion(bytes[4]);
  if (bytes.length < helloBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const extensionBytes = view.getUint16(6);
  if (extensionBytes > maxHelloExtensionBytes) throw extensionTooLong(extensionBytes);
  const length = helloBytes + extensionBytes;
  if (bytes.length < length) return undefined;
  const hello: Hello = {
    full: (view.getUint8(5) & fullFlag) !== 0,
    maxFrameBytes: checkFrameLimit(view.getUint32(8)),
    deadPeerMs: Math.min(Math.max(view.getUint32(12), minDeadPeerMs), maxTimeMs),
  };
  return { hello, length };
}

function checkVersion(version: number | undefined): void {
  if (version === undefined || version === protocolVersion) return;
  throw new CulvertError(
    "VERSION_UNSUPPORTED",
    `Cannot shake hands: the peer speaks version ${version}, this end version ${protocolVersion}`,
  );
}

function checkFrameLimit(maxFrameBytes: number): number {
  if (maxFrameBytes >= minMaxFrameBytes) return Math.min(maxFrameBytes, maxMaxFrameBytes);
  throw new CulvertError(
    "HANDSHAKE_FAILED",
    `Cannot shake hands: the peer accepts frames of ${maxFrameBytes} bytes, at least ${minMaxFrameBytes} are needed`,
  );
}

function extensionTooLong(extensionBytes: number): CulvertError {
  return new CulvertError(
    "HANDSHAKE_FAILED",
    `Cannot shake hands: the hello's extension has ${extensionBytes} bytes, limit is ${maxHelloExtensionBytes} bytes`,
  );
}
