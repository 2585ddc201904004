import type { OutgoingMessage, WorkerHost } from "@x/core";
import type { Node } from "@x/routing";

/** A host that keeps what is sent by it. */
export function listening(node: Node): { host: WorkerHost; sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const send = (message: OutgoingMessage): Promise<void> | undefined => {
    const { payload } = message;
    if (typeof payload !== "string") sent.push(Buffer.concat(Array.isArray(payload) ? payload : [payload]));
    return node.send(message);
  };
  const host: WorkerHost = {
    isOwn: false,
    send,
    startWorker: (handler, options) => node.startWorker(handler, options),
    watch: (address, listener) => node.watch(address, listener),
    addResolver: (prefix, resolve) => node.addResolver(prefix, resolve),
    shared: (key) => node.shared(key),
  };
  return { host, sent };
}
