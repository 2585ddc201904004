import { type Fault, shortWaitMs } from "./fault.js";
import { never, withArrivals, withHandlers, withSend } from "./plant.js";

/** Faults that a transport without promises must not have either. */
export const datagramFaults: readonly Fault[] = [
  {
    fault: "joins two frames",
    noticedBy: "carries frames of every size",
    failure: /a frame arrived that nobody sent: 3 bytes/,
    plant: withArrivals((frame) => (frame.length === 1 ? [frame, new Uint8Array(3)] : [frame])),
  },
  {
    fault: "loses every frame of 256 bytes",
    noticedBy: "carries frames of every size",
    failure: /arrival of 256 bytes \w+… did not happen/,
    waitMs: shortWaitMs,
    plant: withArrivals((frame) => (frame.length === 256 ? [] : [frame])),
  },
  {
    fault: "puts a frame together from two",
    noticedBy: "keeps 50 connections",
    failure: /a frame arrived that nobody sent: 200 bytes/,
    plant: (() => {
      let last: Uint8Array = new Uint8Array(0);
      return withArrivals((frame) => {
        const mixed =
          last.length === frame.length ? Buffer.concat([last.subarray(0, 9), frame.subarray(9)]) : frame;
        last = frame;
        return [frame, mixed];
      });
    })(),
  },
  {
    fault: "never tells a waiting sender to go on",
    noticedBy: "refuses what a sender that does not wait",
    failure: /room after the receiver went on did not happen/,
    waitMs: shortWaitMs,
    plant: withSend((send) => (parts) => (send(parts) === undefined ? undefined : never)),
  },
  {
    fault: "does not call onClose when a handler fails",
    noticedBy: "closes the connection with INTERNAL when onFrame throws",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withHandlers(() => ({ onClose: () => {} })),
  },
];
