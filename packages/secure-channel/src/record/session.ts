import type { ChannelCrypto, CipherName } from "../crypto/channel-crypto.js";
import type { HandshakeResult } from "../noise/handshake.js";
import { joinBytes } from "../wire/bytes.js";
import { idKey } from "../wire/outer.js";
import { RecordOpener } from "./record-opener.js";
import { RecordSealer } from "./record-sealer.js";

/** What a session is made of. */
export interface SessionOptions {
  readonly crypto: ChannelCrypto;
  readonly cipher: CipherName;
  readonly handshake: HandshakeResult;
  readonly role: "dialler" | "listener";
  /** Its id at this end. */
  readonly localId: Uint8Array;
  /** Its id at the other end. */
  readonly remoteId: Uint8Array;
}

/** The keys of one handshake, in use. */
export class Session {
  /** Its id at this end, as the key of a map. */
  readonly localKey: string;
  /** Its id at the other end, likewise. */
  readonly remoteKey: string;
  /** The channel secret: the two keys of the handshake, 64 bytes. */
  readonly secret: Uint8Array;
  readonly sealer: RecordSealer;
  readonly opener: RecordOpener;
  /** When the handshake ended, on the monotonic clock, in milliseconds. */
  readonly startedAt: number = performance.now();

  constructor({ crypto, cipher, handshake, role, localId, remoteId }: SessionOptions) {
    this.localKey = idKey(localId);
    this.remoteKey = idKey(remoteId);
    this.secret = joinBytes(handshake.keys);
    const secret = { crypto, cipher, secret: this.secret };
    const isDialler = role === "dialler";
    this.sealer = new RecordSealer(secret, isDialler ? "to listener" : "to dialler", remoteId);
    this.opener = new RecordOpener(secret, isDialler ? "to dialler" : "to listener");
  }

  /** How long it is in use, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.startedAt;
  }
}
