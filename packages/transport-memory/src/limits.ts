import { maxPayloadBytes } from "@x/core";

/** Largest frame, in bytes. The largest payload with 64 KiB for its header, as over TCP. */
export const defaultMaxFrameBytes: number = maxPayloadBytes + 65_536;

/** Bytes in one direction from which a sender is told to wait. 1 MiB: one large frame, or 10,000 small ones. */
export const defaultSoftQueueBytes = 1_048_576;

/** Bytes in one direction from which a frame is refused with CONNECTION_BUSY. 16 MiB: 16 large frames of senders that do not wait. */
export const defaultHardQueueBytes = 16_777_216;

/** What a queued frame counts beside its bytes, so that empty frames are bounded too. About what an object in a queue costs. */
export const frameOverheadBytes = 64;

/** Longest wait of `close` for the peer to take what was accepted, in milliseconds. 2 s, as over TCP. */
export const defaultCloseTimeoutMs = 2_000;

/** Longest wait for an isolated listener, in milliseconds. 10 s, as over TCP. */
export const defaultDialTimeoutMs = 10_000;

/** Silence after which a link that was cut counts as dead, in milliseconds. 7.5 s, as over TCP. */
export const defaultDeadPeerMs = 7_500;

/** Longest name of a listener, in characters. Leaves room for `memory#` in an address. */
export const maxNameLength = 128;

/**
 * Deliveries in a row as microtasks before one goes through the event loop.
 * 64: two workers that answer each other for ever still let timers and sockets run.
 */
export const maxMicrotasksInARow = 64;
