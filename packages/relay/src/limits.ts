import { maxRouteHops } from "@x/core";

/** Longest name of a relay, in characters. 64 holds a DNS label and leaves `forward_to_<name>` far below an address's limit. */
export const maxNameLength = 64;

/** Shortest token, in bytes. 16 bytes are 128 bits: nobody guesses them. */
export const minTokenBytes = 16;

/** Longest token, in bytes. 64 holds the output of every common hash. */
export const maxTokenBytes = 64;

/** Tokens made here, in bytes. 32, as wide as the hash that the service keeps of them. */
export const generatedTokenBytes = 32;

/** What a service keeps of a token, in bytes: its SHA-256. */
export const tokenHashBytes = 32;

/** Largest message between relay client and relay service, in bytes. The longest, a refusal with 512 units of reason, fits. */
export const maxRelayMessageBytes = 2_048;

/** Most hops from the service to a client. Half a route, so that visitors keep the other half. */
export const maxRegisteredHops: number = maxRouteHops / 2;

/** Shortest lease, in milliseconds. 10 s: with three renewals per lease that is one message in 3.3 s per relay. */
export const minLeaseMs = 10_000;

/** Longest lease, in milliseconds. 10 min: a client that died without a word is listed as up no longer. */
export const maxLeaseMs = 600_000;

/**
 * Lease when the client asks for none, in milliseconds.
 * 60 s: a client may lose two renewals and 40 s of connection, and an abandoned name is free after a minute.
 */
export const defaultLeaseMs = 60_000;

/** How long a new name is kept when the connection to its client is gone, in milliseconds. 10 s: a client is back within 6. */
export const briefKeepMs = 10_000;

/** Held for so long a name counts as in use, in milliseconds. 10 min: taking many such names costs as long a presence. */
export const settledAfterMs = 600_000;

/** How long a name in use is kept for an owner who is away, in milliseconds. 24 h: over a night, or a move to another machine. */
export const longKeepMs = 86_400_000;

/** Shortest wait between two writes of the names, in milliseconds. 1 s: what changes together is written together. */
export const nameSaveMs = 1_000;

/** The same in times of what the last write took. 20: at most a twentieth of a core goes into writing, however many names there are. */
export const nameSaveRest = 20;

/** Requests at once that every held name has for its owner alone, beside those of the connection. 2: a renewal and a move. */
export const ownerRequestBurst = 2;

/** Such requests a second in the long run. 0.5: a client renews every 3.3 s at most. */
export const ownerRequestsPerSecond = 0.5;

/** Most bytes of replies that one connection leaves unread before its requests are dropped. 64 KiB: some 400 replies. */
export const maxUnreadBytesPerConnection = 65_536;

/** The same over all connections. 16 MiB; beyond it, those that hold more than an equal share pay. */
export const maxUnreadBytes = 16_777_216;

/** Renewals per lease. 3: two may be lost. */
export const renewalsPerLease = 3;

/**
 * Longest wait between renewals when other nodes lie between client and service, in milliseconds.
 * Only a renewal notices a break behind the first hop, and 5 s is the longest anybody should be unreachable unknowingly.
 */
export const maxFarRenewalMs = 5_000;

/** Longest wait of a client for the service's reply, in milliseconds. 3 s: three times a bad satellite round trip. */
export const requestTimeoutMs = 3_000;

/** Longest wait of `release()` for the service to confirm it, in milliseconds. */
export const releaseTimeoutMs = 1_000;

/** First bound of the random wait between attempts, in milliseconds. Doubles with each failure. */
export const baseRetryMs = 100;

/** Last bound of that wait, in milliseconds. 5 s: back within seconds, and 10,000 clients make 4,000 requests a second. */
export const maxRetryMs = 5_000;

/** As `baseRetryMs`, when the service said no and asking again soon changes nothing (a stranger has the name). */
export const baseRefusedRetryMs = 2_000;

/** As `maxRetryMs`, when the service said no. 10 s after a name falls free its next owner has it. */
export const maxRefusedRetryMs = 10_000;

/** A registration that held for so long ends a row of failures, in milliseconds. 10 s: twice the longest wait between attempts. */
export const steadyAfterMs = 10_000;

/** Longest random wait before registering again when the connection is back, in milliseconds. Spreads the clients of one node. */
export const maxReturnJitterMs = 250;

/** Longest sleep of a client's timer, in milliseconds. After a suspended machine wakes, a late renewal is noticed within it. */
export const maxSleepMs = 5_000;

/** Shortest wait between two looks for what has ended, in milliseconds. One timer looks for all leases and names. */
export const nameSweepMs = 1_000;

/** Most requests that wait for the service, in messages. 16,384: every relay of a full node may ask at once. About 1 KiB each. */
export const maxQueuedRequests = 16_384;

/** What one relay service allows. */
export interface RelayLimits {
  /** Most relays of the node. Default 16,384: at 10 KiB each, 160 MiB. Code RELAY_LIMIT_EXCEEDED. */
  readonly maxRelays: number;
  /** Most relays registered over one connection. Default 256: a gateway for a site. Code RELAY_CONNECTION_LIMIT_EXCEEDED. */
  readonly maxRelaysPerConnection: number;
  /** Most relays registered from one host, an IPv4 address or an IPv6 network of 64 bits. Default 1,024. Code RELAY_SOURCE_LIMIT_EXCEEDED. */
  readonly maxRelaysPerHost: number;
  /** Most relays registered from one network, 24 bits of IPv4 or 48 of IPv6. Default 2,048: an eighth of the node. The same code. */
  readonly maxRelaysPerNetwork: number;
  /** Most names kept for owners who are away. Default 16,384, some 400 B each. The network with most of them loses its oldest. */
  readonly maxKeptNames: number;
  /** Most requests at once over one connection. Default 512: all its relays come back at once, twice. Code RELAY_RATE_LIMIT_EXCEEDED. */
  readonly maxRequestBurst: number;
  /** Requests a second over one connection in the long run. Default 64: 256 relays that renew every 5 s. Code RELAY_RATE_LIMIT_EXCEEDED. */
  readonly maxRequestsPerSecond: number;
}

/** The defaults of {@link RelayLimits}. */
export const defaultRelayLimits: RelayLimits = {
  maxRelays: 16_384,
  maxRelaysPerConnection: 256,
  maxRelaysPerHost: 1_024,
  maxRelaysPerNetwork: 2_048,
  maxKeptNames: 16_384,
  maxRequestBurst: 512,
  maxRequestsPerSecond: 64,
};
