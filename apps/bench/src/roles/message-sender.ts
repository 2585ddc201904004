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
  /** Sends frames of the same bytes over the bare transport. */
  async sendFrames(port: number): Promise<void> {
    const parts = await captureFrame();
    const connection = await tcp().dial(`127.0.0.1:${port}`);
    connection.start({ onFrame: () => undefined, onClose: () => {} });
    sendUntilStopped(
      () => connection.send(parts),
      () => connection.close(),
    );
  },
  /** Stops sending and closes the connection. */
  stop(): Promise<void> {
    return stopRunning();
  },
};
serveRole(operations);
