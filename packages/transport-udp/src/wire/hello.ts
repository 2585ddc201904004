import { maxTimeMs, minDeadPeerMs } from "@x/transport-kit";
import { maxMaxFrameBytes, minMaxFrameBytes } from "../limits.js";

/** What each end tells the other about itself. See PROTOCOL.md, "UDP". */
export interface Hello {
  /** Largest frame this end accepts, in bytes. */
  readonly maxFrameBytes: number;
  /** Silence after which this end takes the other for dead, in milliseconds. */
  readonly deadPeerMs: number;
}

/** Length of a cookie, in bytes: the number of its time slot and 16 bytes of a keyed hash. */
export const cookieBytes = 20;

/** Length of a welcome's body, in bytes. */
const welcomeBytes = 8;

/** Length of a hello's body, in bytes. Padded beyond the longest answer, so that a listener never sends more than it got. */
export const helloBytes = 52;

/** The body of a welcome. */
export function encodeWelcome(hello: Hello): Buffer {
  const bytes = Buffer.alloc(welcomeBytes);
  bytes.writeUInt32BE(hello.maxFrameBytes, 0);
  bytes.writeUInt32BE(hello.deadPeerMs, 4);
  return bytes;
}

/** The body of a hello; without a cookie it asks for one. */
export function encodeHello(hello: Hello, cookie?: Uint8Array): Buffer {
  const bytes = Buffer.alloc(helloBytes);
  bytes.set(encodeWelcome(hello));
  if (cookie !== undefined) bytes.set(cookie, welcomeBytes);
  return bytes;
}

/** Reads what a hello and a welcome begin with; nothing if it makes no sense. */
export function decodeHello(body: Buffer): Hello | undefined {
  if (body.length < welcomeBytes) return undefined;
  const maxFrameBytes = body.readUInt32BE(0);
  if (maxFrameBytes < minMaxFrameBytes) return undefined;
  return {
    maxFrameBytes: Math.min(maxFrameBytes, maxMaxFrameBytes),
    deadPeerMs: Math.min(Math.max(body.readUInt32BE(4), minDeadPeerMs), maxTimeMs),
  };
}

/** The cookie in a hello's body. */
export function helloCookie(body: Buffer): Buffer {
  return body.subarray(welcomeBytes, welcomeBytes + cookieBytes);
}
