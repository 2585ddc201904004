import { once } from "node:events";
import { type Connection, type CulvertError, type Deferred, deferred, type Listener } from "@x/core";
import { WebSocket } from "ws";
import { ws } from "./node.js";
import type { WsOptions } from "./settings.js";

/** A listener under test, and what became of the connections that it accepted. */
export interface TestListener extends AsyncDisposable {
  readonly listener: Listener;
  /** Where it listens, as browsers write it. */
  readonly url: string;
  readonly accepted: Connection[];
  /** Resolves with the reason for which a connection that it accepted closed. */
  readonly closed: Deferred<CulvertError | undefined>;
  readonly reports: CulvertError[];
}

/** Listens on a free port. */
export async function testListener(options: WsOptions = {}, path = ""): Promise<TestListener> {
  const accepted: Connection[] = [];
  const reports: CulvertError[] = [];
  const closed = deferred<CulvertError | undefined>();
  const transport = ws({ onReport: (error) => reports.push(error), ...options });
  const listener = await transport.listen(`127.0.0.1:0${path}`, {
    onConnection: (connection) => {
      accepted.push(connection);
      connection.start({ onFrame: () => undefined, onClose: closed.resolve });
    },
  });
  const url = `ws://${listener.where}`;
  return {
    ...{ listener, url, accepted, closed, reports },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** What a listener says to somebody who is not of Culvert: the status of its answer, 101 when a WebSocket opened. */
export async function knock(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  protocol = "culvert",
): Promise<number | undefined> {
  const socket = new WebSocket(url, protocol === "" ? [] : protocol, { headers });
  socket.on("error", () => {});
  const answer = once(socket, "unexpected-response").then(([, { statusCode }]) => statusCode);
  const status = await Promise.race([answer, once(socket, "open").then(() => 101)]);
  socket.terminate();
  return status;
}
