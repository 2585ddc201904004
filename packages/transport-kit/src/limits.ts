import { maxPayloadBytes } from "@x/core";

/** Room for a message's header in a frame, in bytes: two routes of 64 addresses of 255 bytes, and optional fields. */
const maxHeaderBytes: number = 65_536;

/** Largest frame, in bytes. Default: the largest payload with the largest header. */
export const defaultMaxFrameBytes: number = maxPayloadBytes + maxHeaderBytes;

/** Smallest `maxFrameBytes` that may be set or announced, in bytes: less could not carry a message's header. */
export const minMaxFrameBytes: number = 1_024;

/** Largest `maxFrameBytes` that may be set, in bytes. 1 GiB keeps lengths below the control bit of the length word. */
export const maxMaxFrameBytes: number = 0x4000_0000;

/** Longest wait for the peer's hello, in milliseconds. 5 s: several round trips over the worst path, too short to hoard. */
export const defaultHandshakeTimeoutMs = 5_000;

/** Longest time without sending, in milliseconds. 2.5 s: three chances within the dead-peer time. */
export const defaultPingIntervalMs = 2_500;

/**
 * Silence after which a peer counts as dead, in milliseconds.
 * 7.5 s: after a break of 6 s TCP itself asks again only another 6 s later, and twice that after 13 s; a new connection is quicker.
 */
export const defaultDeadPeerMs = 7_500;

/** Shortest dead-peer time, in milliseconds. Below 1 s a busy event loop would look like a dead peer. */
export const minDeadPeerMs = 1_000;

/** Shortest time between pings that may be set, in milliseconds. */
export const minPingIntervalMs = 100;

/**
 * Shortest time between pings that a peer may ask for by its dead-peer time, in milliseconds. 1 s: serves dead-peer times from
 * 3 s on; what an end wants more often it asks for itself, by pings that are answered.
 */
export const minAskedPingMs = 1_000;

/** Bytes queued for a connection above which senders are told to wait. 1 MiB: keeps a fast path busy between two turns. */
export const defaultSoftQueueBytes = 1_048_576;

/** Bytes queued for a connection above which `send` throws. 16 MiB: what one peer can cost that does not read. */
export const defaultHardQueueBytes = 16_777_216;

/** Longest time for sending what is queued when a connection is closed, in milliseconds. */
export const defaultCloseTimeoutMs = 2_000;

/** Least that the limits of connections from one host and one network are by default: a household or an office, and small listeners whole. */
export const leastPerSource = 256;

/** Most connections of a listener. 16,384: a relay's 10,000 peers with room to spare. */
export const defaultMaxConnections = 16_384;

/** Most accepted connections without a hello. 1,024: with a 5 s limit, 200 new silent ones a second; the oldest of the host with most gives way. */
export const defaultMaxHandshakes = 1_024;

/** Most connections beyond a listener's limit that are told so; further ones are just closed. */
export const maxTurnedAway = 256;

/**
 * Longest time from the beginning of a frame to its end, in milliseconds. 120 s: the largest frame over 75 kbit/s, and too short
 * to hold memory for free.
 */
export const defaultFrameTimeoutMs = 120_000;

/** Memory of all peers' frames that are incomplete or wait for a busy receiver, in bytes. 128 MiB: 60 of the largest frames, or thousands of what a slow peer has sent. */
export const defaultMaxPartialBytes = 134_217_728;

/** Size of the buffers into which a busy connection reads, in bytes. Two frames of portals: 512 KiB, and 4 KiB for headers. */
export const defaultSlabBytes: number = 2 * (524_288 + 4_096);

/** Size of the buffer that quiet connections share for reading, in bytes. */
export const scratchBytes = 65_536;

/** A read of this many bytes makes a connection busy: it gets a slab of its own. */
export const busyReadBytes = 16_384;

/** So many smaller reads in a row make a connection quiet again. */
export const quietReads = 16;

/** So many ticks without a large read make a connection quiet again: about 1 s with the default settings. */
export const quietTicks = 4;

/** Frames below this size are copied, in bytes: on sending into one buffer, on receiving out of the slab they would pin. */
export const smallFrameBytes = 4_096;

/** Small frames that follow each other are copied together, up to this many bytes: what one of them can pin. */
export const runBytes = 8_192;

/**
 * Frames, control frames too, that a connection hands over in one turn of the event loop. 256: some 8 ms at 30 µs each, so
 * that others are heard although one peer floods, and what a turn costs is little beside them.
 */
export const maxFramesPerTurn = 256;

/** Bytes of frames that a connection hands over in one turn of the event loop. 4 MiB: a few reads of a fast path. */
export const maxBytesPerTurn = 4_194_304;

/** First buffer for small outgoing frames of a connection, in bytes. */
export const firstBatchBytes = 8_192;

/** Further buffers for small outgoing frames within one turn, in bytes. */
export const batchBytes = 65_536;

/** Bytes that are not held back until the end of the turn: the system can begin to send them. */
export const flushBytes = 131_072;

/** Longest extension of a hello, in bytes. */
export const maxHelloExtensionBytes = 1_024;

/** Longest body of a control frame, in bytes. */
export const maxControlBytes = 1_024;

/** Longest time between two looks at a connection's life, in milliseconds: a quarter of the shortest dead-peer time. */
export const maxTickMs = 250;

/** Shortest `frameTimeoutMs`, in milliseconds: a few ticks. */
export const minFrameTimeoutMs = 1_000;

/** Smallest read buffer of a busy connection, in bytes: what a system hands over in one read. */
export const minSlabBytes = 65_536;

/** Memory for what a socket reads before its connection is made, in bytes: a hello with some extension. */
export const firstReadBytes = 1_024;

/** Most addresses of one name that are tried. */
export const maxAddressesTried = 8;

/** Time between the beginnings of attempts, in milliseconds: the Connection Attempt Delay of RFC 8305, section 8. */
export const attemptDelayMs = 250;

/** Most names that the system is asked for at a time. 2: Node lets name look-ups have half of its four threads. */
export const maxSystemLookUps = 2;

/** Time after which a name is also asked for without the system, in milliseconds: above most answers of name servers. */
export const lookUpPatienceMs = 300;

/** Most names that are being looked up; further ones are refused. 256: more than a busy node dials within a look-up's time. */
export const maxWaitingLookUps = 256;

/** Most names that are asked of name servers directly at a time, each with a socket. */
export const maxDirectLookUps = 64;

/** Longest wait for a name server's answer to a direct question, in milliseconds; the second try has twice as long. */
export const directTimeoutMs = 2_000;

/** How often a name server is asked directly. */
export const directTries = 2;

/** Most tries to find a port that is free on all addresses of a host. 16: each fails only where the system's choice is in use elsewhere. */
export const maxPortTries = 16;

/** Longest time that may be set or announced, in milliseconds: one day. */
export const maxTimeMs = 86_400_000;

/** What a frame that waits counts beside its bytes, so that empty ones are bounded too: about what an object in a queue costs. */
export const frameOverheadBytes = 64;

/** Time between two looks at whether a wire's queue has room again, in milliseconds, while somebody waits for it. */
export const queuePollMs = 5;

/** Memory of what all connections hold to be sent, in bytes. 256 MiB: sixteen of them full, or thousands with what is on its way. */
export const defaultMaxUnsentBytes = 268_435_456;

/** Time after which a peer that takes nothing loses its connection while memory is short, in milliseconds: above any stall of a path that lives. */
export const stuckTimeoutMs = 10_000;

/** Ticks after which frames count as held whose receiver is busy: about 1 s with the default settings, far above the waits of a node. */
export const longPauseTicks = 4;
