/** Version of the stream protocol, in the high half of each message's first byte. */
export const protocolVersion = 1;

/** Highest packet number and byte offset: 48 bits hold 281 TB per direction, years of any network, and stay exact in a double. */
export const maxOffset: number = 2 ** 48 - 1;

/**
 * Bytes each end may send before it heard how much the other takes.
 * 16 KiB carries the request of most protocols, and 10,000 half-open streams of it still fit the default memory budget.
 */
export const initialCreditBytes = 16_384;

/** Receive window of a new stream, in bytes. 256 KiB: enough for a local path from the start. */
export const initialWindowBytes = 262_144;

/** Largest receive window, in bytes. 16 MiB carries 300 MB/s over a round trip of 50 ms. */
export const maxWindowBytes = 16_777_216;

/** Window a stream gets even when the memory budget is used up, in bytes; the same as the first credit, which cannot be taken back. */
export const minWindowBytes: number = initialCreditBytes;

/**
 * Bytes of an opener that must be consumed before it is granted more than the least, in bytes. 4 KiB: a quarter of that, so it
 * costs no round trip, and ten thousand idle streams leave most of the budget to others.
 */
export const firstUseBytes: number = minWindowBytes / 4;

/** Memory that all streams of one node may hold or promise, in bytes. 256 MiB: 16 streams at the largest window. */
export const defaultBudgetBytes = 268_435_456;

/**
 * Most data in one message, in bytes. 512 KiB: each message costs every hop about as much as copying 100 KiB, so this carries a
 * sixth more than 256 KiB. Beside streams that send little, pieces are a quarter of a window of 128 KiB on a short path.
 */
export const maxChunkBytes = 524_288;

/** Least data per message, in bytes. With the longest header 512 stay below 1 KiB, which any path carries. */
export const minChunkBytes = 512;

/** Packet ranges reported in one acknowledgement. 32 ranges of 8 bytes describe any plausible loss pattern of a round trip. */
export const maxAckRanges = 32;

/** Bytes read from the local end that wait for their first transmission; reading stops above it. Two chunks keep the path busy. */
export const maxUnsentBytes: number = 2 * maxChunkBytes;

/** Early pieces that may wait for a gap regardless of their size. */
export const freeEarlyPieces = 64;

/** Average size below which further early pieces are dropped, in bytes: keeps bookkeeping below the bytes it is for. */
export const minEarlyPieceBytes = 512;

/**
 * Small pieces that wait are joined up to this size, in bytes, so that what is kept of them is about what they are.
 * 16 KiB: beyond it a piece costs a hundredth of its bytes in bookkeeping, and joining would cost more time than that memory.
 */
export const maxJoinedBytes = 16_384;

/**
 * What a packet under way counts beside its data, in bytes: its header, that of its message, and the note of it. So a window of
 * tiny packets is not a thousand times the memory of one of large ones.
 */
export const packetOverheadBytes = 128;

/** Longest delay of an acknowledgement, in milliseconds. 10 ms joins those of one burst and is below what a person notices. */
export const maxAckDelayMs = 10;

/**
 * Packets that are answered by one acknowledgement at the latest. RFC 9000, section 13.2.2, says 2 for packets of 1.2 KB; here
 * the sender asks when it needs one.
 */
export const ackEveryPackets = 16;

/** Part of the congestion window after which a packet asks for its acknowledgement. A quarter keeps the sender going. */
export const askShare: number = 1 / 4;

/** Bytes after which a packet asks for its acknowledgement, however large the window: they are kept in memory until then. */
export const maxUnaskedBytes = 1_048_576;

/** Round-trip time assumed before the first measurement, in milliseconds (RFC 9002, section 6.2.2). */
export const initialRoundTripMs = 333;

/** Packets sent later and acknowledged earlier that make a packet lost (RFC 9002, section 6.1.1). */
export const lossPacketThreshold = 3;

/** Congestion is judged persistent when losses span this many probe time-outs (RFC 9002, section 7.6.1). */
export const persistentTimeouts = 3;

/** Most packets that may overtake one before it counts as lost, however much a path reorders. */
export const maxLossPacketThreshold = 128;

/** How much the time threshold for losses grows on a path that reorders: to 9/4 of the round-trip time at most. */
export const maxLossDelayFactor = 2;

/** Packets judged lost that a sender remembers, to see whether they were only late. */
export const maxJudgedLost = 128;

/** Part of the round-trip time after which an overtaken packet is lost (RFC 9002, section 6.1.2). */
export const lossTimeFactor: number = 9 / 8;

/** Shortest time the loss timers wait, in milliseconds: the grain of the platform's timers (RFC 9002, section 6.1.2). */
export const timerGrainMs = 1;

/** Longest pause between two probes of a silent path, in milliseconds, so that a path that heals is in use within a second or two. */
export const maxProbePauseMs = 2_000;

/** Part of the congestion window that is kept when a queue is far too long: at least so much, lest one odd round trip empties the path. */
export const queueDecrease = 0.5;

/** First congestion window, in bytes. 128 KiB: nine times that of TCP, as most paths here are TCP hops that do not lose. */
export const initialCongestionBytes = 131_072;

/** Smallest congestion window, in bytes: four of the smallest chunks (RFC 9002, section 7.2). */
export const minCongestionBytes: number = 4 * minChunkBytes;

/** Part of the congestion window that is kept after a loss (RFC 9438, section 4.6: 0.7 recovers faster than 0.5 and is as stable). */
export const congestionDecrease = 0.7;

/**
 * Queueing delay a stream may cause while others use the same first hop, in milliseconds, on top of a share of the round trip.
 * 0.03 ms is a tenth of what a local chain takes idle. With more processes never rest, and requests wait for the processor:
 * on two cores p99 beside a download was 13 ms with 2 ms, 2.1 ms with 0.1 ms, and is 1.6 ms; less takes only from the download.
 */
export const sharedQueueMs = 0.03;

/** The same as a share of the least round-trip time, because longer paths vary by more. */
export const sharedQueueShare: number = 1 / 8;

/** Congestion window below which queueing delay does not bring a stream beside others, in bytes: the first one. */
export const sharedFloorBytes: number = initialCongestionBytes;

/** Queueing delay a stream may cause while it is alone, in milliseconds: only endless queues are kept from growing. */
export const aloneQueueMs = 250;

/** Congestion window below which queueing delay does not bring a stream that is alone, in bytes: keeps busy processes supplied. */
export const aloneFloorBytes = 4_194_304;

/** A stream with so few bytes under way may be one somebody waits for, in bytes. Those with more only want their share. */
export const interactiveBytes = 16_384;

/** A stream that sent within this time counts as active, in milliseconds. */
export const activeStreamMs = 1_000;

/** After so long a lower round-trip time no longer counts as what the path can do, in milliseconds. */
export const leastRoundTripMs = 30_000;

/** Packets after which the loss rate of a path is judged. 64 tell one in seven from one in fifty. */
export const judgedPackets = 64;

/** Loss rate above which messages get smaller. */
export const shrinkLossRate = 0.15;

/** Loss rate below which messages may get larger. */
export const growLossRate = 0.02;

/** Most that the congestion window grows in a round trip without loss, in bytes. 32 KiB fills long paths in seconds. */
export const maxGrowthBytes = 32_768;

/** Longest text of a reset's reason, in UTF-8 bytes: one length byte. */
export const maxResetTextBytes = 255;

/** Longest options of an open, in bytes: two socket addresses of a portal and room for more. */
export const maxOpenOptionsBytes = 1_024;

/** Default time a stream waits for a path or an answer before it is given up, in milliseconds. One minute outlasts a restart. */
export const defaultResumeTimeoutMs = 60_000;

/** Default time to the first answer of the acceptor, in milliseconds. */
export const defaultOpenTimeoutMs = 10_000;

/** Default silence after which an opener asks whether the other end still knows a stream, in milliseconds. */
export const defaultKeepAliveMs = 30_000;

/** How much later an acceptor asks: it normally never has to, because the opener did. */
export const acceptorKeepAliveFactor = 1.5;

/** Default silence after which an unanswered probe makes a route count as down, in milliseconds. */
export const defaultPingTimeoutMs = 10_000;

/** Probes of an up but silent route are sent this often, in milliseconds. */
export const idleProbeMs = 10_000;

/** First pause between probes of a route that is down, in milliseconds. */
export const firstProbePauseMs = 50;

/** Longest pause between probes of a down route that has streams waiting, in milliseconds. */
export const waitingProbePauseMs = 1_000;

/** Default longest pause between probes of a down route that nobody waits for, in milliseconds. 5 s: nobody notices, and it is no load. */
export const defaultRetryWaitMs = 5_000;

/** Default limit of streams per opener and per acceptor. */
export const defaultMaxStreams = 10_000;

/** Ended streams an end remembers, so that late messages are answered rightly. 20,000 of about 150 bytes are 3 MB. */
export const maxEndedStreams = 20_000;

/** How long an ended stream is remembered, in milliseconds: as long as the other end may try. */
export const endedStreamMs: number = defaultResumeTimeoutMs;

/** A timer that fires this late shows that the process stood still; time-outs then do not count that time. In milliseconds. */
export const standstillMs = 500;

/** Shortest pause after a hop refused a packet as busy, in milliseconds; it doubles with each refusal in a row. */
export const busyPauseMs = 10;

/** Longest pause after a hop refused a packet as busy, in milliseconds. */
export const maxBusyPauseMs = 500;

/** Paths without streams that an acceptor keeps for what it learned about them. 256 of about 1 KB. */
export const maxIdlePaths = 256;

/** Buffers for large reads that are kept for use again. 16 of 512 KiB follow the rhythm of acknowledgements. */
export const maxFreeChunks = 16;

/** Readers that may have a buffer of their own for large reads. 32 of 512 KiB; further ones copy. */
export const maxBulkReaders = 32;

/**
 * Hops of a way back that tell peers apart when they share what an acceptor has. 4: two relays and a hop; more would let
 * invented routes cost more memory than the streams that have them.
 */
export const maxShareHops = 4;

/** Longest that `close()` of a stream takes, in milliseconds; then it is reset. 10 s: as long as an open may take. */
export const closeTimeoutMs = 10_000;

/** How long the worker that opened streams stays after the last of them, in milliseconds: the other end may still ask how it ended. */
export const openerLingerMs: number = endedStreamMs;

/**
 * Longest time for which a stream whose local end broke goes on sending what it had read before, in milliseconds. 5,000: any
 * path that works carries it in less, and whoever waits behind a reader that stopped is told by then.
 */
export const maxBreakingMs = 5_000;
