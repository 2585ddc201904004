import { maxPayloadBytes } from "@x/core";

/** Largest frame, in bytes. The largest payload with 64 KiB for its header, as over TCP. */
export const maxFrameBytes: number = maxPayloadBytes + 65_536;

/** Bytes waiting in a stream from which a sender is told to wait. 1 MiB: one large frame, or 10,000 small ones. */
export const softQueueBytes = 1_048_576;

/** Bytes waiting in a stream from which a frame is refused. 16 MiB: 16 large frames of senders that do not wait. */
export const hardQueueBytes = 16_777_216;

/** Longest wait of `close` for the peer, in milliseconds. 2 s: a peer that reads at all is done long before. */
export const defaultCloseTimeoutMs = 2_000;

/** Longest wait of `dial` for the listener's greeting, in milliseconds. 5 s: a listener that runs at all answers in a few. */
export const defaultDialTimeoutMs = 5_000;

/** Silence after which a peer counts as dead, in milliseconds. 10 s: far longer than a busy process is silent. */
export const defaultDeadPeerMs = 10_000;

/** Shortest dead-peer time, in milliseconds. Below that a busy process would look dead. */
export const minDeadPeerMs = 100;

/** Pings within the dead-peer time. 4: three may come late. */
export const pingsPerDeadPeerTime = 4;

/** Longest path of a socket, in bytes. The shortest that a system has room for, less its closing NUL. */
export const maxPathBytes = 103;
