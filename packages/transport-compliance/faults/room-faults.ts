import { type Connection, CulvertError } from "@x/core";
import { type Fault, shortWaitMs } from "./fault.js";
import { withListen, withListener } from "./plant.js";

/** Listens without the owner's refusal, and does something about it with each connection. */
const refusesLate = (late: (connection: Connection) => boolean) =>
  withListen((base, where, onConnection, { refusal }) =>
    base.listen(where, {
      onConnection: (connection) => {
        if (refusal?.() === undefined || late(connection)) onConnection(connection);
      },
    }),
  );

export const roomFaults: readonly Fault[] = [
  {
    fault: "does not ask for room",
    noticedBy: "tells a dialler CONNECTION_LIMIT_EXCEEDED",
    failure: /did not fail with CONNECTION_LIMIT_EXCEEDED/,
    plant: withListen((base, where, onConnection) => base.listen(where, { onConnection })),
  },
  {
    fault: "accepts and closes where there is no room",
    noticedBy: "tells a dialler CONNECTION_LIMIT_EXCEEDED",
    failure: /did not fail with CONNECTION_LIMIT_EXCEEDED/,
    plant: refusesLate((connection) => {
      void connection.close();
      return false;
    }),
  },
  {
    fault: "hands over the connection that it refused",
    noticedBy: "tells a dialler CONNECTION_LIMIT_EXCEEDED",
    failure: /onConnection was called for a connection that was refused/,
    plant: withListen((base, where, onConnection, { refusal }) => {
      const accepted: Connection[] = [];
      return base.listen(where, {
        onConnection: (connection) => {
          accepted.push(connection);
          onConnection(connection);
        },
        refusal: () => {
          const reason = refusal?.();
          if (reason !== undefined && accepted[0] !== undefined) onConnection(accepted[0]);
          return reason;
        },
      });
    }),
  },
  {
    fault: "never asks for room again",
    noticedBy: "tells a dialler CONNECTION_LIMIT_EXCEEDED",
    failure: /CONNECTION_LIMIT_EXCEEDED|no room/,
    plant: withListen((base, where, onConnection, { refusal }) => {
      let last: string | undefined;
      return base.listen(where, {
        onConnection,
        refusal: () => {
          last ??= refusal?.();
          return last;
        },
      });
    }),
  },
  {
    fault: "takes a refusal that throws for room",
    noticedBy: "takes a refusal that throws for no room",
    failure: /did not fail with CONNECTION_LIMIT_EXCEEDED/,
    plant: withListen((base, where, onConnection, { refusal }) =>
      base.listen(where, {
        onConnection,
        refusal: () => {
          try {
            return refusal?.();
          } catch {
            return undefined;
          }
        },
      }),
    ),
  },
  {
    fault: "closes the listener when a refusal throws",
    noticedBy: "takes a refusal that throws for no room",
    failure: /CONNECTION_REFUSED|nobody listens|ENOENT/,
    plant: withListen(async (base, where, onConnection, { refusal }) => {
      const listener = await base.listen(where, {
        onConnection,
        refusal: () => {
          try {
            return refusal?.();
          } catch {
            setImmediate(() => listener.stopAccepting?.());
            return "planted";
          }
        },
      });
      return listener;
    }),
  },
  {
    fault: "goes on accepting after stopAccepting()",
    noticedBy: "stopAccepting() refuses who comes",
    failure: /did not fail with CONNECTION_REFUSED/,
    plant: withListener(() => ({ stopAccepting: () => {} })),
  },
  {
    fault: "closes what it accepted with stopAccepting()",
    noticedBy: "stopAccepting() refuses who comes",
    failure: /CONNECTION_CLOSED|connection is closed|frames arrived/,
    waitMs: shortWaitMs,
    plant: withListener((listener) => ({ stopAccepting: () => void listener.close() })),
  },
  {
    fault: "fails at the second stopAccepting()",
    noticedBy: "stopAccepting() refuses who comes",
    failure: /stopped already/,
    plant: withListener((listener) => {
      let calls = 0;
      return {
        stopAccepting: () => {
          calls += 1;
          if (calls > 1) throw new CulvertError("INTERNAL", "stopped already");
          listener.stopAccepting?.();
        },
      };
    }),
  },
  {
    fault: "leaves accepted connections open at the close that follows stopAccepting()",
    noticedBy: "stopAccepting() refuses who comes",
    failure: /still open/,
    plant: withListener((listener) => {
      let stopped = false;
      return {
        stopAccepting: () => {
          stopped = true;
          listener.stopAccepting?.();
        },
        close: () => (stopped ? Promise.resolve() : listener.close()),
      };
    }),
  },
];
