import { setTimeout as sleep } from "node:timers/promises";
import { firstServed } from "../harness/first-served.js";
import type { Flow } from "../harness/flow.js";
import type { Transfer } from "../harness/flow-server.js";
import type { RelayedNode } from "../harness/relayed-portal.js";
import { type Chain, moved } from "./chain.js";
import { orphanedStreamMs, patienceMs, warmUpBytes } from "./limits.js";
import { isConnectionLost } from "./node-log.js";
import type { Injection } from "./row.js";

/** A direction of a transfer: `down` is from the server to the visitor. */
type Direction = "down" | "up";

const directions: readonly Direction[] = ["down", "up"];

/** How a fault came and went. */
export interface Fault {
  /** From the fault to the moment somebody was told, in milliseconds. */
  readonly detectMs?: number;
  /** When service could be back, in milliseconds as of `performance.now`. */
  readonly mendedAt: number;
  /** It took no time: then the longest pause of the transfer since then counts. */
  readonly isMomentary?: boolean;
  /** How long the transfer is watched after service is back, in milliseconds. Default: not at all. */
  readonly watchMs?: number;
  /** What is still to wait for before the next injection. */
  readonly finished?: Promise<void>;
}

/** Injects a fault during a transfer that must outlive it, and measures until transfer and new requests are back. */
export async function outliveFault(chain: Chain, inject: () => Promise<Fault>): Promise<Injection> {
  const transfer = await chain.transfer();
  const { detectMs, mendedAt, isMomentary = false, watchMs = 0, finished } = await inject();
  const visitMs = servedAfter(chain, mendedAt);
  await moved(transfer, warmUpBytes);
  await sleep(watchMs);
  const pauseOf = (flow: Flow): number =>
    isMomentary ? flow.longestPauseSince(mendedAt) : (flow.arrivalAfter(mendedAt) ?? Infinity) - mendedAt;
  const transferMs = Math.max(pauseOf(transfer.down), pauseOf(transfer.up));
  const recoverMs = Math.max(await visitMs, transferMs);
  await within("the transfer ends", transfer.finish());
  await finished;
  return { ...(detectMs !== undefined && { detectMs }), recoverMs, lostBytes: lostBytes(transfer) };
}

/**
 * Injects a fault during a transfer that cannot outlive it, and measures until new requests are served.
 *
 * @param orphan the direction whose receiver was connected to the node that is killed: the system itself ends that socket, as it
 * pleases, and no process is left that could reset it
 */
export async function breakTransfer(
  chain: Chain,
  orphan: Direction,
  inject: () => Promise<Fault>,
): Promise<Injection> {
  const transfer = await chain.transfer();
  const { detectMs, mendedAt, finished } = await inject();
  const recoverMs = await servedAfter(chain, mendedAt);
  await finished;
  // The end that is left may wait for the other one as long as its resume time-out is.
  chain.checkLater(async () => {
    const outcome = await within("the broken transfer is over", outcomeOf(transfer), orphanedStreamMs);
    if (outcome === "whole") throw new Error("A transfer ended in good order although an end of it is gone");
    const lost = lostBytes(
      transfer,
      directions.filter((direction) => direction !== orphan),
    );
    if (lost > 0)
      throw new Error(`${lost} bytes of a broken transfer are lost although its end was in good order`);
  });
  return { ...(detectMs !== undefined && { detectMs }), recoverMs, lostBytes: 0 };
}

/** From a moment to the first request that is served, in milliseconds. */
export async function servedAfter(chain: Chain, since: number): Promise<number> {
  const late = performance.now() - since;
  return late + (await firstServed(chain.visit, patienceMs));
}

/** Does something, and gives how long it took until these nodes logged that they lost a connection, in milliseconds; the slowest. */
export async function untilConnectionLost(
  chain: Chain,
  nodes: readonly RelayedNode[],
  damage: () => Promise<void> | void,
): Promise<number> {
  const places = nodes.map((node) => chain.log(node).end());
  const startedAt = Date.now();
  await damage();
  const times = nodes.map((node, index) => chain.log(node).timeOf(places[index] ?? 0, isConnectionLost));
  return Math.max(...(await Promise.all(times))) - startedAt;
}

/** How a transfer came to its end: both directions in good order, or reset. */
export function outcomeOf(transfer: Transfer): Promise<"whole" | "reset"> {
  return transfer.drained.then(
    () => "whole" as const,
    () => "reset" as const,
  );
}

/** Bytes missing or changed in directions whose end was in good order. Ask once, when the transfer is over. */
export function lostBytes(transfer: Transfer, judged: readonly Direction[] = directions): number {
  const lost = judged.map((direction) => {
    const flow = transfer[direction];
    if (!flow.hasEnded || flow.isExact()) return 0;
    return Math.max(1, Math.abs(flow.sentBytes - flow.receivedBytes));
  });
  return lost.reduce((sum, each) => sum + each, 0);
}

/** @throws Error if the promise does not settle in time */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  timeoutMs: number = patienceMs,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${timeoutMs} ms in vain: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
