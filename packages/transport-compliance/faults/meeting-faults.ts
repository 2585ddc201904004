import { type Connection, type ConnectionHandlers, CulvertError, isCulvertError } from "@x/core";
import { type Fault, shortWaitMs } from "./fault.js";
import { leftBehind, type Plant, withChanges, withDial, withHandlers, withListen } from "./plant.js";

/** Every error becomes one with another code. */
function confusesErrors(code: "CONNECTION_TIMED_OUT" | "TRANSPORT_FAILED" | "LISTEN_FAILED"): Plant {
  const confuse = (error: unknown): never => {
    throw isCulvertError(error) ? new CulvertError(code, error.message) : error;
  };
  return (base) => ({
    name: base.name,
    capabilities: base.capabilities,
    dial: (where, options) => base.dial(where, options).catch(confuse),
    listen: (where, options) => base.listen(where, options).catch(confuse),
  });
}

/** The listener says that it is closed, and is not. */
const closesNoListener: Plant = withListen(async (base, where, onConnection) => {
  const listener = await base.listen(where, { onConnection });
  leftBehind.push(() => listener.close());
  const close = (): Promise<void> => Promise.resolve();
  return { where: listener.where, close, [Symbol.asyncDispose]: close };
});

const namesNothing: Plant = withChanges(() => ({ remoteWhere: "" }));

export const meetingFaults: readonly Fault[] = [
  {
    fault: "calls a refusal a time-out",
    noticedBy: "dial() rejects with CONNECTION_REFUSED",
    failure: /CONNECTION_TIMED_OUT instead of CONNECTION_REFUSED/,
    plant: confusesErrors("CONNECTION_TIMED_OUT"),
  },
  {
    fault: "lets a system error escape",
    noticedBy: "dial() rejects with CONNECTION_REFUSED",
    failure: /Error: ENOENT instead of CONNECTION_REFUSED/,
    plant: withDial((base, where) =>
      base.dial(where).catch(() => {
        throw new Error("ENOENT");
      }),
    ),
  },
  {
    fault: "does not check where it dials",
    noticedBy: "dial() rejects with ADDRESS_INVALID",
    failure: /TRANSPORT_FAILED instead of ADDRESS_INVALID/,
    plant: confusesErrors("TRANSPORT_FAILED"),
  },
  {
    fault: "throws from dial() at once",
    noticedBy: "dial() and listen() never throw at once",
    failure: /dial\(.*\) threw CulvertError: .* where it has to reject/,
    plant: (base) => ({
      ...base,
      dial: (where, options) => {
        if (typeof where !== "string") throw new CulvertError("ADDRESS_INVALID", "planted");
        return base.dial(where, options);
      },
    }),
  },
  {
    fault: "fails with an error of the platform for a place that is no text",
    noticedBy: "dial() and listen() never throw at once",
    failure: /failed with TypeError/,
    plant: withDial(async (base, where, options) => base.dial(where.slice(), options)),
  },
  {
    fault: "dials although its signal was aborted",
    noticedBy: "dial() rejects with ABORTED when its signal was aborted before",
    failure: /did not fail with ABORTED/,
    plant: withDial((base, where) => base.dial(where)),
  },
  {
    fault: "does not listen to its signal",
    noticedBy: "dial() rejects with ABORTED when its signal aborts meanwhile",
    failure: /did not fail with ABORTED/,
    plant: withDial((base, where) => base.dial(where)),
  },
  {
    fault: "leaves the connection of a dial() given up open",
    noticedBy: "dial() rejects with ABORTED when its signal aborts meanwhile",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withDial(async (base, where, { signal }) => {
      const connection = await base.dial(where);
      if (!signal?.aborted) return connection;
      connection.start({ onFrame: () => undefined, onClose: () => {} });
      throw new CulvertError("ABORTED", "planted");
    }),
  },
  {
    fault: "closes an open connection when the signal of its dial() aborts",
    noticedBy: "leaves an open connection alone",
    failure: /CONNECTION_CLOSED|connection is closed|the connection closed/,
    plant: withDial(async (base, where, options) => {
      const connection = await base.dial(where, options);
      options.signal?.addEventListener("abort", () => void connection.close());
      return connection;
    }),
  },
  {
    fault: "does not name the far end",
    noticedBy: "names both ends of a connection",
    failure: /remoteWhere is not what was dialled/,
    plant: namesNothing,
  },
  {
    fault: "gives the near end a name that is no address",
    noticedBy: "names both ends of a connection",
    failure: /"some where" is no address/,
    plant: withChanges(() => ({ localWhere: "some where" })),
  },
  {
    fault: "does not say that a place is taken",
    noticedBy: "listen() rejects with LISTEN_ADDRESS_TAKEN",
    failure: /LISTEN_FAILED instead of LISTEN_ADDRESS_TAKEN/,
    plant: confusesErrors("LISTEN_FAILED"),
  },
  {
    fault: "does not check where it listens",
    noticedBy: "listen() rejects with ADDRESS_INVALID",
    failure: /LISTEN_FAILED instead of ADDRESS_INVALID/,
    plant: confusesErrors("LISTEN_FAILED"),
  },
  {
    fault: "says the same place for each listener",
    noticedBy: "chooses another free place",
    failure: /same place|notEqual|to be strictly unequal/i,
    plant: withListen(async (base, where, onConnection) => {
      const listener = await base.listen(where, { onConnection });
      const close = (): Promise<void> => listener.close();
      return { where: "same-place", close, [Symbol.asyncDispose]: close };
    }),
  },
  {
    fault: "leaves accepted connections open when a listener closes",
    noticedBy: "closing a listener closes the connections",
    failure: /still open/,
    plant: closesNoListener,
  },
  {
    fault: "goes on accepting when a listener closes",
    noticedBy: "closing a listener stops accepting",
    failure: /did not fail with CONNECTION_REFUSED/,
    plant: closesNoListener,
  },
  {
    fault: "leaves a connection open whose onConnection threw",
    noticedBy: "goes on accepting when onConnection throws",
    failure: /onClose did not happen/,
    waitMs: shortWaitMs,
    plant: withListen((base, where, onConnection) =>
      base.listen(where, {
        onConnection: (connection) => {
          try {
            onConnection(connection);
          } catch {
            // The fault: nobody closes it.
          }
        },
      }),
    ),
  },
  {
    fault: "hands the frames of one connection to another",
    noticedBy: "keeps 50 connections",
    failure: /frame \d+ is|frames arrived/,
    plant: (() => {
      let last: ConnectionHandlers | undefined;
      return withHandlers((handlers) => {
        const other = last ?? handlers;
        last = handlers;
        return { onFrame: (frame) => (frame.length === 200 ? other.onFrame(frame) : undefined) };
      });
    })(),
  },
  {
    fault: "lets one busy receiver stop them all",
    noticedBy: "goes on with other connections while one receiver does not read",
    failure: /of 5 frames arrived/,
    waitMs: shortWaitMs,
    plant: (() => {
      let busy: Promise<void> | undefined;
      return withHandlers(({ onFrame }) => ({
        onFrame: (frame) => {
          const handled = onFrame(frame);
          busy ??= handled?.then(() => {
            busy = undefined;
          });
          return busy;
        },
      }));
    })(),
  },
  {
    fault: "closes all connections with one",
    noticedBy: "goes on with other connections when one closes",
    failure: /CONNECTION_CLOSED|connection is closed|frames arrived/,
    plant: (() => {
      const open = new Set<Connection>();
      return withChanges((connection) => {
        open.add(connection);
        return { close: () => Promise.all([...open].map((each) => each.close())).then(() => {}) };
      });
    })(),
  },
  {
    fault: "leaves a timer behind for each connection",
    noticedBy: "leaves no socket and no timer behind",
    failure: /still open: Timeout/,
    waitMs: shortWaitMs,
    plant: withChanges(() => {
      const timer = setInterval(() => {}, 1_000);
      leftBehind.push(() => clearInterval(timer));
      return {};
    }),
  },
  {
    fault: "leaves a listener behind",
    noticedBy: "leaves no socket and no timer behind",
    failure: /still open: Pipe/,
    waitMs: shortWaitMs,
    plant: closesNoListener,
  },
];
