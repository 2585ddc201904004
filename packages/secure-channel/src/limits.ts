import { maxPayloadBytes } from "@x/core";

/** An X25519 key, in bytes. */
export const keyBytes = 32;

/** The tag of both ciphers, in bytes. */
export const tagBytes = 16;

/** The id of a session at one end, in bytes. 64 random bits: none comes twice at one end, and it is no secret. */
export const sessionIdBytes = 8;

/** The head of a record, in bytes: type, session, epoch and counter. See PROTOCOL.md, "Records". */
export const recordHeadBytes = 21;

/** Largest message of a handshake, in bytes. See the Noise specification, revision 34, section 3. */
export const maxHandshakeBytes = 65_535;

/** Largest proof of an identity, in bytes. 8 KiB: a history of some fifty changes. */
export const maxProofBytes = 8_192;

/** Most credentials of one end. */
export const maxCredentials = 8;

/** Largest credential, in bytes. With eight of them and a proof, a handshake message stays below its limit. */
export const maxCredentialBytes = 6_144;

/** Records sealed with one key before the next epoch. 2^20: of records of 1 MiB, AES-GCM stays 2^28 times below its bounds. */
export const recordsPerEpoch = 1_048_576;

/** Records that may come late, or in another order, in records. 4,096: twice what WireGuard allows, 512 bytes a session. */
export const replayWindow = 4_096;

/** Largest sealed content of one record, in bytes. */
export const maxContentBytes: number = maxPayloadBytes - recordHeadBytes - tagBytes;

/** Messages whose refusal is brought back to their sender. 256: what one round trip holds of the largest ones, and 100 KB at most. */
export const rememberedHeads = 256;

/** First bytes of a message that its refusal carries back; as those of the node. See PROTOCOL.md, "Refusals". */
export const headBytes = 64;

/** Smallest piece of memory that is given back by itself, in bytes. 16 KiB: below, giving it back costs more than collecting it. */
export const minGivenBackBytes = 16_384;

/** Messages that wait in a channel while the hop beneath is congested. 64: half of it makes senders wait. */
export const maxQueuedMessages = 64;

/** Most tries to finish one handshake at the listener. Each wrong one costs a tag at least; honest diallers need one. */
export const maxFinishTries = 8;

/** Connections whose rate of handshakes is remembered. 1,024 of about 100 bytes. */
export const maxRates = 1_024;

/** Answers to records of unknown sessions by one connection, a second in the long run; beyond it there is silence. */
export const unknownAnswersPerSecond = 64;

/** The same to all. 2,048: after a restart 10,000 diallers hear within seconds that they have to begin anew. */
export const unknownAnswersPerSecondToAll = 2_048;

/** Handshakes at once by all connections. 1,024: as many as may be unfinished. */
export const maxHandshakeBurstOfAll = 1_024;

/** Handshakes a second by all connections in the long run. 512: a quarter of a core; 10,000 diallers are back within 20 s. */
export const maxHandshakesPerSecondOfAll = 512;

/** How often channels look at their clocks, in milliseconds. 250: a credential that ends is noticed within half a second. */
export const tickMs = 250;

/** Longest wait between two tries to renew a channel whose other end said no, in milliseconds. */
export const maxRetryMs = 15_000;

/** The same where nobody answers, in milliseconds. 2 s, as for connections: who was away for long is found again soon. */
export const maxSilentRetryMs = 2_000;

/** What a channel allows. */
export interface ChannelLimits {
  /** Longest time to open, in milliseconds. Default 10,000: two whole handshakes on a bad path. */
  readonly openTimeoutMs: number;
  /** Longest time for one handshake, and for a listener to keep one, in milliseconds. Default 5,000. */
  readonly handshakeTimeoutMs: number;
  /** First wait before a message of the handshake is sent again, in milliseconds; doubles up to 2 s. Default 250, as over UDP. */
  readonly resendMs: number;
  /** When the dialler renews the keys, in milliseconds. Default 1,800,000: half an hour, so that several tries fit before the end. */
  readonly renewAfterMs: number;
  /** How long keys may be used, in milliseconds. Default 3,600,000: what was sealed an hour ago is safe from whoever takes a node over. */
  readonly sessionLifetimeMs: number;
  /** How long keys that were renewed still open what is under way, in milliseconds. Default 30,000. */
  readonly overlapMs: number;
  /** Silence in one direction after which the dialler asks for a sign of life, in milliseconds. Default 15,000. */
  readonly pingAfterMs: number;
  /** Silence after a question before the dialler renews, in milliseconds. Default 4,000. */
  readonly pongTimeoutMs: number;
  /** Silence after which a listener forgets a channel, in milliseconds. Default 120,000: eight signs of life. */
  readonly idleTimeoutMs: number;
}

/** The limits of a channel that is told nothing else. */
export const defaultChannelLimits: ChannelLimits = {
  openTimeoutMs: 10_000,
  handshakeTimeoutMs: 5_000,
  resendMs: 250,
  renewAfterMs: 1_800_000,
  sessionLifetimeMs: 3_600_000,
  overlapMs: 30_000,
  pingAfterMs: 15_000,
  pongTimeoutMs: 4_000,
  idleTimeoutMs: 120_000,
};

/** What a listener allows. */
export interface ListenerLimits extends ChannelLimits {
  /** Most channels. Default 10,000: as many as a node accepts connections. */
  readonly maxChannels: number;
  /** Most channels of one identity. Default 256. */
  readonly maxChannelsPerIdentity: number;
  /** Most handshakes that are not finished. Default 1,024, of about 3 KB. */
  readonly maxHalfOpen: number;
  /** Most of them by one connection. Default 16. */
  readonly maxHalfOpenPerConnection: number;
  /** Handshakes at once by one connection. Default 128; half of them are shared out evenly by those behind it, as by a relay. */
  readonly maxHandshakeBurst: number;
  /** Handshakes a second by one connection in the long run. Default 64: some 3 % of a core. */
  readonly maxHandshakesPerSecond: number;
}

/** The limits of a listener that is told nothing else. */
export const defaultListenerLimits: ListenerLimits = {
  ...defaultChannelLimits,
  maxChannels: 10_000,
  maxChannelsPerIdentity: 256,
  maxHalfOpen: 1_024,
  maxHalfOpenPerConnection: 16,
  maxHandshakeBurst: 128,
  maxHandshakesPerSecond: 64,
};
