import type { Route, Transport } from "@x/core";
import { createNode, type Node, type NodeConnection } from "@x/routing";
import { MemoryNetwork, type MemoryOptions, memory, type WireConditions } from "@x/transport-memory";
import { onTestFinished } from "vitest";

/** A node that is closed after the test. */
export function testNode(...transports: Transport[]): Node {
  const node = createNode({ transports });
  onTestFinished(() => node.close());
  return node;
}

/** Two nodes that are connected. */
export interface Pair {
  readonly network: MemoryNetwork;
  readonly near: Node;
  readonly far: Node;
  readonly connection: NodeConnection;
  /** From `near` to a worker of `far`. */
  readonly routeTo: (address: string) => Route;
}

/** Connects two nodes by a wire in memory. */
export async function connectPair(
  conditions: Partial<WireConditions> = {},
  options: Omit<MemoryOptions, "network"> = {},
): Promise<Pair> {
  const network = new MemoryNetwork({ conditions });
  const near = testNode(memory({ ...options, network }));
  const far = testNode(memory({ ...options, network }));
  const { address } = await far.listen("memory#far");
  const connection = await near.connect(address);
  return { network, near, far, connection, routeTo: (worker) => [connection.worker, worker] };
}

/** Waits until something holds, looking after each turn of the event loop. */
export async function until(holds: () => boolean, what: string, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Bytes that are different at each offset of a megabyte. */
export function someBytes(length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE((at * 2_654_435_761) >>> 0, at);
  return new Uint8Array(bytes);
}

/** All that a stream brings until its end. */
export async function readAll(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of readable) parts.push(part);
  return Buffer.concat(parts);
}
