import { setImmediate as nextTurn } from "node:timers/promises";
import type { Connection } from "@x/core";
import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { serveRole } from "../process/serve-role.js";

/** What the sender of small messages can be asked. It sends until it is told to stop. */
export interface MessageSenderOperations {
  readonly [operation: string]: (params: never) => unknown;
  /** Sends messages from a node to the worker `sink` of the node at this port. */
  readonly sendMessages: (port: number) => Promise<void>;
  /** Sends frames of the same bytes over the bare transport. */
  readonly sendFrames: (port: number) => Promise<void>;
  /** Stops sending and closes the connection. */
  readonly stop: (params: undefined) => Promise<void>;
}

const payload = new Uint8Array(100).fill(7);

/** Sends between two turns of the event loop: many, as a busy program does, yet few enough to hear `stop`. */
const sendsPerTurn = 256;

let running: { readonly stop: () => Promise<void> } | undefined;

/** Sends as fast as the sender lets go, and waits whenever it says so. */
function sendUntilStopped(send: () => Promise<void> | undefined, close: () => Promise<void>): void {
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      for (let sent = 0; sent < sendsPerTurn; sent++) {
        const room = send();
        if (room !== undefined) await room;
      }
      await nextTurn();
    }
  })();
  running = {
    stop: async () => {
      stopped = true;
      await close();
      await loop;
    },
  };
}

/** The two parts of the frame that a node makes of our message: header and payload. */
async function captureFrame(): Promise<readonly Uint8Array[]> {
  let give: (frame: Uint8Array) => void = () => {};
  const captured = new Promise<Uint8Array>((resolve) => {
    give = resolve;
  });
  const onFrame = (frame: Uint8Array): undefined => give(frame) as undefined;
  const listener = await tcp().listen("127.0.0.1:0", {
    onConnection: (connection) => connection.start({ onFrame, onClose: () => {} }),
  });
  const node = createNode({ transports: [tcp()] });
  const { worker } = await node.connect(`tcp#${listener.where}`);
  void node.send({ onwardRoute: [worker, "sink"], payload });
  const frame = (await captured).slice();
  await Promise.all([node.close(), listener.close()]);
  const headerBytes = frame.length - payload.length;
  return [frame.subarray(0, headerBytes), frame.subarray(headerBytes)];
}

async function openConnection(port: number): Promise<Connection> {
  const connection = await tcp().dial(`127.0.0.1:${port}`);
  connection.start({ onFrame: () => undefined, onClose: () => {} });
  return connection;
}

const operations: MessageSenderOperations = {
  sendMessages: async (port) => {
    const node = createNode({ transports: [tcp()] });
    const { worker } = await node.connect(`tcp#127.0.0.1:${port}`);
    const onwardRoute = [worker, "sink"];
    sendUntilStopped(
      () => node.send({ onwardRoute, payload }),
      () => node.close(),
    );
  },
  sendFrames: async (port) => {
    const parts = await captureFrame();
    const connection = await openConnection(port);
    let closed = false;
    sendUntilStopped(
      () => (closed ? undefined : connection.send(parts)),
      () => {
        closed = true;
        return connection.close();
      },
    );
  },
  stop: async () => {
    await running?.stop();
    running = undefined;
  },
};
serveRole(operations);
