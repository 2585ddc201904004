import { CulvertError } from "@x/core";
import { type Fault, shortWaitMs } from "./fault.js";
import { never, type Plant, withChanges, withDial, withHandlers } from "./plant.js";

const dead = new CulvertError("PEER_DEAD", "planted");

/** Only an end that is told notices that its peer is gone. */
const neverNotices: Plant = withHandlers(({ onClose }) => ({
  onClose: (reason) => (reason?.code === "PEER_DEAD" ? undefined : onClose(reason)),
}));

export const livenessFaults: readonly Fault[] = [
  {
    fault: "has no limit for a dial",
    noticedBy: "dial() gives up within dialTimeoutMs",
    failure: /dial\(\) where nobody answers did not happen in time/,
    waitMs: shortWaitMs,
    plant: withDial((base, where, options) =>
      base.dial(where, options).catch((error) => {
        const { code } = error as CulvertError;
        if (code === "CONNECTION_TIMED_OUT" || code === "HANDSHAKE_FAILED") return never as Promise<never>;
        throw error;
      }),
    ),
  },
  {
    fault: "takes silence for a connection",
    noticedBy: "dial() gives up within dialTimeoutMs",
    failure: /dial\(\) where nobody answers did not fail with CONNECTION_TIMED_OUT/,
    plant: (() => {
      const places: string[] = [];
      return (base) => ({
        name: base.name,
        capabilities: base.capabilities,
        listen: async (where, options) => {
          const listener = await base.listen(where, options);
          places.push(listener.where);
          return listener;
        },
        dial: (where, options) => base.dial(where, options).catch(() => base.dial(places[0] as string)),
      });
    })(),
  },
  {
    fault: "declares no limit for a dial",
    noticedBy: "dial() gives up within dialTimeoutMs",
    failure: /dialTimeoutMs is no time/,
    plant: (base) => ({
      ...base,
      capabilities: { ...base.capabilities, dialTimeoutMs: Number.POSITIVE_INFINITY },
    }),
  },
  {
    fault: "never notices that its peer is gone",
    noticedBy: "closes both ends with PEER_DEAD",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: neverNotices,
  },
  {
    fault: "calls a dead peer a good close",
    noticedBy: "closes both ends with PEER_DEAD",
    failure: /onClose was called with undefined/,
    plant: withHandlers(({ onClose }) => ({ onClose: () => onClose(undefined) })),
  },
  {
    fault: "takes what it sends for a sign of life of its peer",
    noticedBy: "closes with PEER_DEAD within deadPeerMs also while it sends",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withChanges((connection) => {
      let lastSent = 0;
      return {
        start: (handlers) =>
          connection.start({
            ...handlers,
            onClose: (reason) => {
              if (performance.now() - lastSent > shortWaitMs) handlers.onClose(reason);
            },
          }),
        send: (parts, release) => {
          lastSent = performance.now();
          return connection.send(parts, release);
        },
      };
    }),
  },
  {
    fault: "takes a quiet peer for a dead one",
    noticedBy: "takes a peer that is quiet or busy",
    failure: /the connection closed/,
    plant: withChanges((connection) => ({
      start: (handlers) => {
        const timer = setTimeout(() => {
          handlers.onClose(dead);
          void connection.close();
        }, shortWaitMs);
        connection.start({
          onFrame: (frame) => {
            clearTimeout(timer);
            return handlers.onFrame(frame);
          },
          onClose: () => clearTimeout(timer),
        });
      },
    })),
  },
];
