import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { countReceived, type Received, type ReceiveWindow } from "../loads/wire.js";
import { serveRole } from "../process/serve-role.js";

/** What the receiver of small messages can be asked. */
export type MessageReceiverOperations = typeof operations;

let count = 0;
const onArrival = (): undefined => {
  count++;
};
const portOf = (where: string): number => Number(where.split(":").at(-1));

const operations = {
  /** Starts a node with a worker `sink` that counts, and gives its port. */
  async listenAsNode(): Promise<number> {
    const node = createNode({ transports: [tcp()] });
    node.startWorker(onArrival, { address: "sink", exposure: "network" });
    return portOf((await node.listen("tcp#127.0.0.1:0")).address);
  },
  /** Listens with the bare transport, counts frames, and gives the port. */
  async listenAsTransport(): Promise<number> {
    const listener = await tcp().listen("127.0.0.1:0", {
      onConnection: (connection) => connection.start({ onFrame: onArrival, onClose: () => {} }),
    });
    return portOf(listener.where);
  },
  /** Counts what arrives within the window; the "bytes" are messages or frames. */
  count(window: ReceiveWindow): Promise<Received> {
    return countReceived(() => count, window);
  },
};
serveRole(operations);
