import { CulvertError } from "@x/core";
import { type Fault, shortWaitMs } from "./fault.js";
import { never, type Plant, withChanges, withHandlers, withSend } from "./plant.js";

const reset = new CulvertError("CONNECTION_RESET", "planted");

const sendsIntoNothingWhenClosed: Plant = withSend((send) => (parts) => {
  try {
    return send(parts);
  } catch {
    return undefined;
  }
});

const callsOnCloseTwice: Plant = withHandlers(({ onClose }) => ({
  onClose: (reason) => {
    onClose(reason);
    setImmediate(onClose, reason);
  },
}));

export const closingFaults: readonly Fault[] = [
  {
    fault: "drops what was accepted when it closes",
    noticedBy: "close() sends what was accepted",
    failure: /0 frames arrived of 200/,
    plant: withChanges((connection) => {
      let waiting: (readonly Uint8Array[])[] = [];
      return {
        send: (parts) => {
          if (waiting.push(parts) === 1) setImmediate(() => waiting.map((each) => connection.send(each)));
          return undefined;
        },
        close: () => {
          waiting = [];
          return connection.close();
        },
      };
    }),
  },
  {
    fault: "calls onClose before the last frames",
    noticedBy: "close() sends what was accepted",
    failure: /frames arrived of 200/,
    plant: withHandlers(({ onFrame }) => ({
      onFrame: (frame) => {
        setTimeout(onFrame, 5, frame);
        return undefined;
      },
    })),
  },
  {
    fault: "does not call onClose at the end that closes",
    noticedBy: "close() calls onClose at its own end once",
    failure: /onClose was called 0 times/,
    plant: withChanges((connection) => {
      let closing = false;
      return {
        start: (handlers) =>
          connection.start({ ...handlers, onClose: (reason) => closing || handlers.onClose(reason) }),
        close: () => {
          closing = true;
          return connection.close();
        },
      };
    }),
  },
  {
    fault: "calls onClose after close() resolved",
    noticedBy: "close() calls onClose at its own end once",
    failure: /onClose was called 0 times/,
    plant: withHandlers(({ onClose }) => ({ onClose: (reason) => void setTimeout(onClose, 5, reason) })),
  },
  {
    fault: "calls onClose twice at the end that closes",
    noticedBy: "close() calls onClose at its own end once",
    failure: /onClose was called 2 times/,
    plant: callsOnCloseTwice,
  },
  {
    fault: "calls onClose twice at the other end",
    noticedBy: "close() calls onClose at the other end once",
    failure: /onClose was called 2 times/,
    plant: callsOnCloseTwice,
  },
  {
    fault: "takes a good close for a reset",
    noticedBy: "close() calls onClose at the other end once",
    failure: /onClose was called with CONNECTION_RESET/,
    plant: withHandlers(({ onClose }) => ({ onClose: () => onClose(reset) })),
  },
  {
    fault: "does not tell the peer",
    noticedBy: "close() calls onClose at the other end once",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withChanges((connection, side) =>
      side === "dialled" ? {} : { start: (handlers) => connection.start({ ...handlers, onClose: () => {} }) },
    ),
  },
  {
    fault: "hangs when closed twice",
    noticedBy: "close() is safe to call twice",
    failure: /close\(\) did not happen/,
    waitMs: shortWaitMs,
    plant: withChanges((connection) => {
      let calls = 0;
      return { close: () => (++calls === 2 ? never : connection.close()) };
    }),
  },
  {
    fault: "fails when closed twice",
    noticedBy: "close() is safe to call twice",
    failure: /closed already/,
    plant: withChanges((connection) => {
      let calls = 0;
      return {
        close: () => (++calls === 2 ? Promise.reject(new Error("closed already")) : connection.close()),
      };
    }),
  },
  {
    fault: "waits for ever for a peer that does not read",
    noticedBy: "close() resolves while the peer neither reads nor closes",
    failure: /close\(\) did not happen/,
    waitMs: shortWaitMs,
    plant: withChanges((connection) => {
      let room: Promise<void> = Promise.resolve();
      return {
        send: (parts) => {
          const more = connection.send(parts);
          room = more ?? room;
          return more;
        },
        close: () => room.then(() => connection.close()),
      };
    }),
  },
  {
    fault: "takes frames after close()",
    noticedBy: "send() throws CONNECTION_CLOSED once close() was called",
    failure: /did not fail with CONNECTION_CLOSED/,
    plant: sendsIntoNothingWhenClosed,
  },
  {
    fault: "takes frames after the peer closed",
    noticedBy: "send() throws CONNECTION_CLOSED after the peer closed",
    failure: /did not fail with CONNECTION_CLOSED/,
    plant: sendsIntoNothingWhenClosed,
  },
  {
    fault: "hands over a frame after onClose",
    noticedBy: "hands over no frame after onClose",
    failure: /frames came after onClose/,
    plant: withHandlers(({ onFrame, onClose }) => ({
      onClose: (reason) => {
        onClose(reason);
        setTimeout(onFrame, 5, new Uint8Array(1));
      },
    })),
  },
  {
    fault: "swallows what onFrame throws",
    noticedBy: "closes the connection with INTERNAL when onFrame throws",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withHandlers(({ onFrame }) => ({
      onFrame: (frame) => {
        try {
          return onFrame(frame);
        } catch {
          return undefined;
        }
      },
    })),
  },
  {
    fault: "swallows the rejection of onFrame",
    noticedBy: "closes the connection with INTERNAL when the promise of onFrame rejects",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withHandlers(({ onFrame }) => ({ onFrame: (frame) => onFrame(frame)?.catch(() => {}) })),
  },
  {
    fault: "closes in good order when a handler fails",
    noticedBy: "closes the connection with INTERNAL when onFrame throws",
    failure: /onClose was called with undefined/,
    plant: withHandlers(({ onFrame }, connection) => ({
      onFrame: (frame) => {
        try {
          return onFrame(frame);
        } catch {
          void connection.close();
          return undefined;
        }
      },
    })),
  },
];
