import { setImmediate as nextTurn } from "node:timers/promises";
import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { serveRole } from "../process/serve-role.js";

/** What the sender of small messages can be asked. It sends until it is told to stop. */
export type MessageSenderOperations = typeof operations;

const payload = new Uint8Array(100).fill(7);

/** Sends between two turns of the event loop: many, as a busy program does, yet few enough to hear `stop`. */
const sendsPerTurn = 256;

let stopRunning: () => Promise<void> = async () => {};

/** Sends as fast as the sender lets go, and waits whenever it says so. */
function sendUntilStopped(send: () => Promise<void> | undefined, close: () => Promise<void>): void {
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      for (let sent = 0; sent < sendsPerTurn; sent++) {
        const room = stopped ? undefined : send();
        if (room !== undefined) await room;
      }
      await nextTurn();
    }
  })();
  stopRunning = async () => {
    stopped = true;
    await close();
    await loop;
  };
}

/** Header and payload, of the sizes that a node makes of our message: PROTOCOL.md, "Message frame". */
const frame = [new Uint8Array(12), payload];

const operations = {
  /** Sends messages from a node to the worker `sink` of the node at this port. */
  async sendMessages(port: number): Promise<void> {
    const node = createNode({ transports: [tcp()] });
    const { worker } = await node.connect(`tcp#127.0.0.1:${port}`);
    const onwardRoute = [worker, "sink"];
    sendUntilStopped(
      () => node.send({ onwardRoute, payload }),
      () => node.close(),
    );
  },
  /** Sends frames of the same size over the bare transport. */
  async sendFrames(port: number): Promise<void> {
    const connection = await tcp().dial(`127.0.0.1:${port}`);
    connection.start({ onFrame: () => undefined, onClose: () => {} });
    sendUntilStopped(
      () => connection.send(frame),
      () => connection.close(),
    );
  },
  /** Stops sending and closes the connection. */
  stop(): Promise<void> {
    return stopRunning();
  },
};
serveRole(operations);
