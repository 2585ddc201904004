import type { ConnectionHandlers } from "@x/core";
import { type Fault, longStallMs, shortWaitMs } from "./fault.js";
import { never, type Plant, withChanges, withHandlers, withSend } from "./plant.js";

/** Reads from the beginning, and loses what comes before `start`. */
const losesEarlyFrames: Plant = withChanges((connection) => {
  let handlers: ConnectionHandlers | undefined;
  let closed = false;
  connection.start({
    onFrame: (frame) => handlers?.onFrame(frame),
    onClose: (reason) => {
      closed = true;
      handlers?.onClose(reason);
    },
  });
  return {
    start: (given) => {
      handlers = given;
      if (closed) setImmediate(() => given.onClose(undefined));
    },
  };
});

const keepsSendersWaiting: Plant = withSend((send) => (parts) => {
  const room = send(parts);
  return room === undefined ? undefined : never;
});

/** The promise of `send` settles by reading only, never by a close. */
const forgetsSendersAtClose: Plant = withChanges((connection) => {
  let closed = false;
  return {
    start: (handlers) =>
      connection.start({
        ...handlers,
        onClose: (reason) => {
          closed = true;
          handlers.onClose(reason);
        },
      }),
    send: (parts) => {
      const room = connection.send(parts);
      // The room that comes with a close is told from real room one turn later.
      return room?.then(() => new Promise((resolve) => setTimeout(() => closed || resolve(), 20)));
    },
    close: () => {
      closed = true;
      return connection.close();
    },
  };
});

export const flowFaults: readonly Fault[] = [
  {
    fault: "loses frames that come before start()",
    noticedBy: "keeps frames that came before start()",
    failure: /0 of 20 frames arrived/,
    waitMs: shortWaitMs,
    plant: losesEarlyFrames,
  },
  {
    fault: "loses frames that come before start() when the peer closed",
    noticedBy: "hands the frames of a peer that closed to a late start()",
    failure: /0 frames arrived of 20/,
    plant: losesEarlyFrames,
  },
  {
    fault: "calls a late onClose before start() returns",
    noticedBy: "calls onClose on the next turn",
    failure: /before start\(\) returned/,
    plant: withChanges((connection) => {
      let closed = false;
      return {
        start: (handlers) => (closed ? handlers.onClose(undefined) : connection.start(handlers)),
        close: () => {
          closed = true;
          return connection.close();
        },
      };
    }),
  },
  {
    fault: "never calls onClose when it closed before start()",
    noticedBy: "calls onClose on the next turn",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withChanges((connection) => {
      let closed = false;
      return {
        start: (handlers) => (closed ? undefined : connection.start(handlers)),
        close: () => {
          closed = true;
          return connection.close();
        },
      };
    }),
  },
  {
    fault: "does not wait for the promise of onFrame",
    noticedBy: "makes the sender wait while the receiver is busy",
    failure: /never told to wait/,
    stallMs: longStallMs,
    plant: withHandlers(({ onFrame }) => ({
      onFrame: (frame) => {
        void onFrame(frame);
        return undefined;
      },
    })),
  },
  {
    fault: "never tells a sender to wait",
    noticedBy: "makes the sender wait while the receiver is busy",
    failure: /CONNECTION_BUSY|Cannot send frame/,
    plant: withSend((send) => (parts) => {
      void send(parts);
      return undefined;
    }),
  },
  {
    fault: "never tells a waiting sender to go on",
    noticedBy: "makes the sender wait while the receiver is busy",
    failure: /room after the receiver went on did not happen/,
    waitMs: shortWaitMs,
    plant: keepsSendersWaiting,
  },
  {
    fault: "reads without bound before start()",
    noticedBy: "makes the sender wait while the receiver is not started",
    failure: /never told to wait/,
    stallMs: longStallMs,
    plant: losesEarlyFrames,
  },
  {
    fault: "forgets a waiting sender when it closes",
    noticedBy: "lets a sender that waits go when its connection closes",
    failure: /the sender is let go did not happen/,
    waitMs: shortWaitMs,
    plant: forgetsSendersAtClose,
  },
  {
    fault: "forgets a waiting sender when the peer closes",
    noticedBy: "lets a sender that waits go when the peer closes",
    failure: /the sender is let go did not happen/,
    waitMs: shortWaitMs,
    plant: forgetsSendersAtClose,
  },
  {
    fault: "has no hard bound",
    noticedBy: "refuses what a sender that does not wait",
    failure: /never refused/,
    plant: withSend((send) => (parts) => {
      try {
        return send(parts);
      } catch {
        return undefined;
      }
    }),
  },
  {
    fault: "closes the connection at the hard bound",
    noticedBy: "refuses what a sender that does not wait",
    failure: /CONNECTION_CLOSED/,
    plant: withSend((send, connection) => (parts) => {
      try {
        return send(parts);
      } catch {
        void connection.close();
        return send(parts);
      }
    }),
  },
];
