import type { CipherName } from "../crypto/channel-crypto.js";
import { keyBytes, sessionIdBytes } from "../limits.js";
import { ascii, copyBytes, joinBytes } from "./bytes.js";

/** The first byte of what a channel sends in the open. See PROTOCOL.md, "Secure channels". */
export const outerType = { hello: 1, answer: 2, finish: 3, record: 4, unknown: 5 } as const;

/** Suites by their byte. See PROTOCOL.md, "Handshake". */
const suites: ReadonlyMap<number, CipherName> = new Map([
  [1, "AESGCM"],
  [2, "ChaChaPoly"],
]);

/** The byte of a suite. */
function suiteByte(cipher: CipherName): number {
  return cipher === "AESGCM" ? 1 : 2;
}

/** What both ends mix into a handshake before its first message. See PROTOCOL.md, "Handshake". */
export function prologueOf(cipher: CipherName, diallerId: Uint8Array): Uint8Array {
  return joinBytes([ascii("culvert secure channel 1"), Uint8Array.of(suiteByte(cipher)), diallerId]);
}

/** The first message of a handshake. */
export interface Hello {
  readonly cipher: CipherName;
  readonly diallerId: Uint8Array;
  readonly noise: Uint8Array;
}

/** The bytes of a hello. */
export function writeHello({ cipher, diallerId, noise }: Hello): Uint8Array {
  return joinBytes([Uint8Array.of(outerType.hello, suiteByte(cipher)), diallerId, noise]);
}

/** Reads a hello; nothing when it is none, or of an unknown suite. */
export function readHello(bytes: Uint8Array): Hello | undefined {
  const cipher = suites.get(bytes[1] ?? 0);
  if (cipher === undefined || bytes.length !== 2 + sessionIdBytes + keyBytes) return undefined;
  const copy = copyBytes(bytes);
  return {
    cipher,
    diallerId: copy.subarray(2, 2 + sessionIdBytes),
    noise: copy.subarray(2 + sessionIdBytes),
  };
}

/** An answer, a finish or word of an unknown session: its type, a session at the listener or dialler, and the Noise message. */
export function writeStep(type: 2 | 3 | 5, receiverId: Uint8Array, noise: Uint8Array): Uint8Array {
  return joinBytes([Uint8Array.of(type), receiverId, noise]);
}

/** What stands behind type and session. */
export function readStep(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(1 + sessionIdBytes);
}

/** The session, at its receiver, of anything but a hello; as the key of a map. */
export function sessionKey(bytes: Uint8Array): string {
  return idKey(bytes, 1);
}

/** A session id as the key of a map. */
export function idKey(bytes: Uint8Array, from = 0): string {
  let key = "";
  for (let at = from; at < from + sessionIdBytes; at++) key += String.fromCharCode(bytes[at] ?? 0);
  return key;
}
