import type { AeadKey, ChannelCrypto, CipherName } from "../crypto/channel-crypto.js";
import { ascii, joinBytes } from "../wire/bytes.js";

/** Which way records go. */
export type Direction = "to listener" | "to dialler";

/** What the keys of one session are made from. */
export interface SessionSecret {
  readonly crypto: ChannelCrypto;
  readonly cipher: CipherName;
  /** The channel secret: the two keys of the handshake, 64 bytes. */
  readonly secret: Uint8Array;
}

/** The key of an epoch, whichever: its cost is one HMAC. See PROTOCOL.md, "Records". */
export function epochKey({ crypto, cipher, secret }: SessionSecret, way: Direction, epoch: number): AeadKey {
  const info = new Uint8Array(6);
  info[0] = way === "to listener" ? 0 : 1;
  new DataView(info.buffer).setUint32(1, epoch);
  // The first block of HKDF-Expand. See RFC 5869, section 2.3.
  info[5] = 1;
  return crypto.importAeadKey(
    cipher,
    crypto.hmacSha256(secret, joinBytes([ascii("culvert channel record"), info])),
  );
}
