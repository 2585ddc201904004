import { generateAddress, type Message } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { afterEach, expect } from "vitest";
import { createNode } from "../src/create-node.js";
import type { Node, NodeOptions } from "../src/node.js";

const open: Node[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((node) => node.close()));
});

/** A node that is closed after the test. */
export function node(options: NodeOptions = {}): Node {
  const made = createNode(options);
  open.push(made);
  return made;
}

/** Text as a payload. */
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** A payload as text. */
export const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
/** What an error of a refusal looks like. */
export const refused = (code: string, hop?: string): unknown =>
  expect.objectContaining(hop === undefined ? { code } : { code, hop });

/** Two nodes, and the worker address of the connection on the first. */
export async function pair(
  left: NodeOptions = {},
  right: NodeOptions = {},
): Promise<{ n1: Node; n2: Node; toN2: string; network: MemoryNetwork }> {
  const network = new MemoryNetwork();
  const transports = [memory({ network })];
  const n1 = node({ transports, ...left });
  const n2 = node({ transports, ...right });
  const { address } = await n2.listen("memory#n2");
  const { worker: toN2 } = await n1.connect(address);
  return { n1, n2, toN2, network };
}

/** A worker that collects what it receives. */
export function collector(
  host: Node,
  address = generateAddress(),
): { address: string; got: Message[]; next(): Promise<Message> } {
  const got: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  host.startWorker(
    (message) => {
      const waiter = waiting.shift();
      if (waiter === undefined) got.push(message);
      else waiter(message);
    },
    { address, exposure: "network" },
  );
  const next = (): Promise<Message> => {
    const message = got.shift();
    return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message);
  };
  return { address, got, next };
}
