import type { SideRecord } from "./side.js";
import { headerBytes, type StreamPlan } from "./streams.js";

/** The nodes of a chain: that of the inlet, the relay, and that of the outlet. */
export type ChainNode = "near" | "relay" | "far";

/** A time in which something was broken on purpose. Times in milliseconds of the streams' clock. */
export interface FaultWindow {
  readonly kind: string;
  /** What it may cost: streams that are open, or only visitors that come while the path is down. */
  readonly costs: "streams" | "path";
  readonly at: number;
  /** When a fresh stream was exact again. */
  readonly until?: number;
  /** The node that was killed. */
  readonly kills?: ChainNode | undefined;
}

/** All that is known of one stream. */
export interface StreamRecord {
  readonly plan: Pick<StreamPlan, "pattern" | "uploadBytes" | "downloadBytes" | "readBytesPerSecond">;
  readonly visitor: SideRecord;
  /** Nothing while no header with the stream's id reached the target. */
  readonly target: SideRecord | undefined;
  /** For how long it had stood still without a fault when it was given up, in milliseconds. */
  readonly stoodStillMs?: number | undefined;
}

/** How a stream went. */
export interface Verdict {
  /** One of a few, to be counted. */
  readonly outcome: string;
  /** What must never happen, and did. */
  readonly violations: readonly string[];
}

/**
 * Longest life of a visitor that may be turned away because the path is down, in milliseconds: 5 s wait for a path, 10 s for the
 * outlet's answer, 15 s that a node may be stopped, and margin.
 */
const openLimitMs = 35_000;

/** What an inlet may send before it heard of the outlet, in bytes: the first credit of PROTOCOL.md, "Segment". */
const firstCreditBytes = 16_384;

/** How long after the killing of its node a socket may come to an end that looks good, in milliseconds. See `isSystems`. */
const systemEndMs = 2_000;

/** What the system may hold for a reader when the node that sent it is killed, in bytes: the most Linux takes by default. */
const systemBufferBytes = 6_291_456;

type SideName = "visitor" | "target";

/**
 * Judges a stream that is over.
 *
 * - What a side received is what the other one sent, byte by byte, however the stream ended.
 * - An end that looks good comes after all bytes, and only if the other side ended its direction.
 * - A stream that is not exact has a cause: its visitor gave it up, an end or the target died, or it came while the path was down.
 */
export function judge(record: StreamRecord, faults: readonly FaultWindow[]): Verdict {
  const { visitor, target, stoodStillMs } = record;
  const violations: string[] = [];
  if (stoodStillMs !== undefined)
    violations.push(`stood still for ${Math.round(stoodStillMs)} ms although no fault was in place`);
  for (const [side, wrongAt] of [
    ["visitor", visitor.wrongAt],
    ["target", target?.wrongAt],
  ] as const) {
    if (wrongAt !== undefined) violations.push(`${side} received a wrong byte at offset ${wrongAt}`);
  }
  const ends = [endFault("visitor", record, faults), endFault("target", record, faults)];
  violations.push(...ends.flatMap((end) => (end === undefined || end === "system" ? [] : [end])));
  if (violations.length > 0) return { outcome: "violation", violations };
  if (isExact(record)) return { outcome: "exact", violations };
  if (ends.includes("system")) return { outcome: "ended by the system when its node was killed", violations };
  const cause = causeOf(record, faults);
  if (cause !== undefined) return { outcome: cause, violations };
  const ending = `visitor: ${endingOf(visitor)}; target: ${target === undefined ? "never reached" : endingOf(target)}`;
  return { outcome: "violation", violations: [`was lost without a cause (${ending})`] };
}

/** Bytes missing or changed in directions whose end was in good order. */
export function lostBytes({ visitor, target }: Pick<StreamRecord, "visitor" | "target">): number {
  const lost = (receiver?: SideRecord, sender?: SideRecord): number => {
    if (receiver?.receivedEndAt === undefined) return receiver?.wrongAt === undefined ? 0 : 1;
    const missing = Math.abs((sender?.sentBytes ?? 0) - receiver.receivedBytes);
    return receiver.wrongAt === undefined ? missing : Math.max(1, missing);
  };
  return lost(visitor, target) + lost(target, visitor);
}

function isExact({ plan, visitor, target }: StreamRecord): boolean {
  if (target === undefined) return false;
  const isWhole = (receiver: SideRecord, sender: SideRecord): boolean =>
    receiver.receivedEndAt !== undefined && sender.sentEnd && receiver.receivedBytes === sender.sentBytes;
  const isPlanned =
    plan.pattern === "transfer" ||
    (visitor.receivedBytes === plan.downloadBytes && visitor.sentBytes === plan.uploadBytes + headerBytes);
  return isPlanned && isWhole(visitor, target) && isWhole(target, visitor);
}

/** What is wrong with the end that one side received, or that the system made it. */
function endFault(side: SideName, record: StreamRecord, faults: readonly FaultWindow[]): string | undefined {
  const { visitor, target } = record;
  const [receiver, sender] = side === "visitor" ? [visitor, target] : [target, visitor];
  if (receiver?.receivedEndAt === undefined) return undefined;
  const { receivedBytes, receivedEndAt } = receiver;
  if (sender?.sentEnd && sender.sentBytes === receivedBytes) return undefined;
  // Who walks away ends its direction somewhere within what it wrote.
  if (sender?.quit === "leave" && receivedBytes <= sender.sentBytes) return undefined;
  const slowMs = (1_000 * systemBufferBytes) / (record.plan.readBytesPerSecond ?? Infinity);
  if (isSystems(side, receivedEndAt, faults, side === "visitor" ? slowMs : 0)) return "system";
  const sent = sender === undefined ? "a side that never was" : `${sender.sentBytes} that were sent`;
  return `${side} was cut short in silence: a good end after ${receivedBytes} bytes of ${sent}`;
}

/**
 * When a process is killed the system closes its sockets, and ends those in good order from which everything was read.
 * The program can do nothing about that: its peer cannot tell this end from a good one, and sees it within a time, behind what
 * the system still held for it.
 */
function isSystems(side: SideName, endedAt: number, faults: readonly FaultWindow[], slowMs: number): boolean {
  const node = side === "visitor" ? "near" : "far";
  return faults.some(
    ({ kills, at }) => kills === node && endedAt >= at && endedAt <= at + systemEndMs + slowMs,
  );
}

function causeOf(record: StreamRecord, faults: readonly FaultWindow[]): string | undefined {
  const { visitor, target } = record;
  if (visitor.quit === "leave" || visitor.quit === "reset") return `the visitor's: ${visitor.quit}`;
  const endedAt = Math.max(visitor.closedAt ?? 0, target?.closedAt ?? 0);
  const during = faults.filter(({ at, until = Infinity }) => at <= endedAt && until >= visitor.openedAt);
  const costly = during.find(({ costs }) => costs === "streams");
  if (costly !== undefined) return `reset: ${costly.kind}`;
  const [first] = during;
  return first !== undefined && wasTurnedAway(record) ? `turned away: ${first.kind}` : undefined;
}

/** The visitor was told in time that there was no way, before the inlet had heard of the outlet. */
function wasTurnedAway({ visitor, target }: StreamRecord): boolean {
  const lifeMs = (visitor.closedAt ?? Infinity) - visitor.openedAt;
  const isUnheard = visitor.receivedBytes === 0 && visitor.receivedEndAt === undefined;
  return isUnheard && lifeMs <= openLimitMs && (target?.receivedBytes ?? 0) <= firstCreditBytes;
}

function endingOf({ failure, quit, receivedEndAt, sentBytes, receivedBytes }: SideRecord): string {
  const how = failure ?? quit ?? (receivedEndAt === undefined ? "closed without an end" : "ended");
  return `${how} after ${sentBytes} bytes sent and ${receivedBytes} received`;
}
