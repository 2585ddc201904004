import type { RelayedNode } from "../harness/relayed-portal.js";
import { firstCreditBytes, openLimitMs, systemBufferBytes, systemEndMs } from "./limits.js";
import type { SideRecord } from "./side-log.js";
import type { StreamPlan } from "./stream-plan.js";

/** A time in which something was broken on purpose. Times in milliseconds since the run began. */
export interface FaultWindow {
  readonly kind: string;
  /** With its node, its path and its length, for people. */
  readonly detail: string;
  /** What it may cost: streams that are open, or only visitors that come while the path is down. */
  readonly costs: "streams" | "path";
  readonly at: number;
  /** When it was taken back. */
  readonly restoredAt: number | undefined;
  /** When a fresh stream was exact again. */
  readonly until: number | undefined;
  /** The node that was killed, and when. */
  readonly killed: { readonly node: RelayedNode; readonly at: number } | undefined;
}

/** All that is known of one stream. */
export interface StreamRecord {
  readonly plan: StreamPlan;
  readonly visitor: SideRecord;
  /** Nothing while no header with the stream's id reached the target. */
  readonly target: SideRecord | undefined;
  /** For how long it had stood still without a fault when it was given up, in milliseconds. */
  readonly stoodStillMs?: number;
}

/** How a stream went. */
export interface Verdict {
  /** One of a few, to be counted. */
  readonly outcome: string;
  /** What must never happen, and did. */
  readonly violations: readonly string[];
}

type Side = "visitor" | "target";

/**
 * Judges a stream that is over.
 *
 * - What a side received is what the other one sent, byte by byte, however the stream ended.
 * - An end that looks good comes after all bytes, and only if the other side ended its direction.
 * - A stream that is not exact has a cause: its visitor gave it up, an end or the target died, or it came while the path was down.
 */
export function judge(record: StreamRecord, faults: readonly FaultWindow[]): Verdict {
  const { plan, visitor, target, stoodStillMs } = record;
  const violations: string[] = [];
  if (stoodStillMs !== undefined) {
    violations.push(`stood still for ${Math.round(stoodStillMs)} ms although no fault was in place`);
  }
  for (const side of ["visitor", "target"] as const) violations.push(...wrongBytes(side, record[side]));
  const slowMs = (1_000 * systemBufferBytes) / plan.readBytesPerSecond;
  const downs = endFault("visitor", visitor, target, seesKills(faults, systemEndMs + slowMs));
  const ups =
    target === undefined ? undefined : endFault("target", target, visitor, seesKills(faults, systemEndMs));
  for (const end of [downs, ups]) if (end?.violation !== undefined) violations.push(end.violation);
  if (violations.length > 0) return { outcome: "violation", violations };
  if (isExact(record)) return { outcome: "exact", violations };
  if (downs?.isSystems === true || ups?.isSystems === true) {
    return { outcome: "ended by the system when its node was killed", violations };
  }
  const cause = causeOf(record, faults);
  if (cause !== undefined) return { outcome: cause, violations };
  const ending = `visitor: ${endingOf(visitor)}; target: ${target === undefined ? "never reached" : endingOf(target)}`;
  return { outcome: "violation", violations: [`was lost without a cause (${ending})`] };
}

/** Both sides sent all, received all and saw good ends. */
export function isExact({ plan, visitor, target }: StreamRecord): boolean {
  if (target === undefined) return false;
  const isWhole = (receiver: SideRecord, sender: SideRecord): boolean =>
    receiver.receivedEndAt !== undefined &&
    sender.sentEnd &&
    receiver.receivedBytes === sender.sentBytes &&
    receiver.receivedHash === sender.sentHash;
  const isPlanned = visitor.receivedBytes === plan.downloadBytes;
  return isPlanned && isWhole(visitor, target) && isWhole(target, visitor);
}

function wrongBytes(side: Side, record: SideRecord | undefined): string[] {
  return record?.wrongAt === undefined ? [] : [`${side} received a wrong byte at offset ${record.wrongAt}`];
}

/** What is wrong with the end that one side received. */
function endFault(
  side: Side,
  receiver: SideRecord,
  sender: SideRecord | undefined,
  isSystemEnd: KillCheck,
): { readonly violation?: string; readonly isSystems?: boolean } | undefined {
  const { receivedEndAt, receivedBytes } = receiver;
  if (receivedEndAt === undefined) return undefined;
  if (sender?.sentEnd === true && sender.sentBytes === receivedBytes) {
    if (sender.sentHash === receiver.receivedHash) return undefined;
    return { violation: `${side} received ${receivedBytes} bytes, but not those that were sent` };
  }
  // Who walks away ends its direction somewhere within what it wrote.
  if (sender?.quit === "leave" && receivedBytes <= sender.sentBytes) return undefined;
  if (isSystemEnd(side, receivedEndAt)) return { isSystems: true };
  const sent = sender === undefined ? "a side that never was" : `${sender.sentBytes} that were sent`;
  return {
    violation: `${side} was cut short in silence: a good end after ${receivedBytes} bytes of ${sent}`,
  };
}

/** Says whether an end that a side saw at a time can be the system's. */
type KillCheck = (side: Side, endedAt: number) => boolean;

/**
 * When a process is killed the system closes its sockets, and ends those in good order from which everything was read.
 * The program can do nothing about that: its peer cannot tell this end from a good one, and sees it within a time, behind what
 * the system still held for it.
 */
function seesKills(faults: readonly FaultWindow[], withinMs: number): KillCheck {
  return (side, endedAt) => {
    const node: RelayedNode = side === "visitor" ? "near" : "far";
    return faults.some(
      ({ killed }) => killed?.node === node && endedAt >= killed.at && endedAt <= killed.at + withinMs,
    );
  };
}

function causeOf(record: StreamRecord, faults: readonly FaultWindow[]): string | undefined {
  const { visitor, target } = record;
  if (visitor.quit === "leave" || visitor.quit === "reset") return `the visitor's: ${visitor.quit}`;
  const endedAt = Math.max(...[visitor, target].map((side) => side?.closedAt ?? 0));
  const during = faults.filter(
    ({ at, until = Number.POSITIVE_INFINITY }) => at <= endedAt && until >= visitor.openedAt,
  );
  const costly = during.find(({ costs }) => costs === "streams");
  if (costly !== undefined) return `reset: ${costly.kind}`;
  const first = during[0];
  return first !== undefined && wasTurnedAway(record) ? `turned away: ${first.kind}` : undefined;
}

/** The visitor was told in time that there was no way, before the inlet had heard of the outlet. */
function wasTurnedAway({ visitor, target }: StreamRecord): boolean {
  const lifeMs = (visitor.closedAt ?? Number.POSITIVE_INFINITY) - visitor.openedAt;
  const isUnheard = visitor.receivedBytes === 0 && visitor.receivedEndAt === undefined;
  return isUnheard && lifeMs <= openLimitMs && (target?.receivedBytes ?? 0) <= firstCreditBytes;
}

function endingOf({ failure, quit, receivedEndAt, sentBytes, receivedBytes }: SideRecord): string {
  const how = failure ?? quit ?? (receivedEndAt === undefined ? "closed without an end" : "ended");
  return `${how} after ${sentBytes} bytes sent and ${receivedBytes} received`;
}
