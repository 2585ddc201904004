import { type Address, CulvertError, isCulvertError, isTransportHop, maxHopCount, type Route } from "@x/core";
import type { Node } from "@x/routing";
import type { TraceParams } from "../../control/operation-types.js";
import type { OperationContext } from "../operation-types.js";
import type { RuntimeContext } from "../runtime-context.js";
import type { TraceHop, TraceView } from "../views.js";
import { showFailure } from "./failure-view.js";
import { type ProbeAnswer, RouteProber } from "./route-prober.js";
import { throwIfDown } from "./shared-routes.js";

/** What was found out about one hop. */
type Finding =
  | { readonly status: "ok" | "present"; readonly rttMs: number }
  | { readonly error: CulvertError };

/** The beginning of the address of every relay: such a worker passes on whatever it gets. */
const relayPrefix = "forward_to_";

/**
 * Asks each hop of a route whether it is there and passes messages on, and how long its answer takes.
 * No worker at the end of a route gets a message: of the last hop it is found out whether it is there. See PROTOCOL.md, "Probing".
 *
 * @throws CulvertError ABORTED
 */
export async function traceRoute(
  context: RuntimeContext,
  { route, timeoutMs }: TraceParams,
  { signal }: OperationContext,
): Promise<TraceView> {
  const { node, shared } = context;
  const held = await shared.hold(route, { settleMs: timeoutMs, signal });
  try {
    await using prober = new RouteProber(node.own, { timeoutMs, signal });
    const findings: Finding[] = [];
    const startFault = faultOf(() => throwIfDown(held, timeoutMs));
    const faultAt = startFault === undefined ? -1 : route.indexOf(startFault.hop ?? "");
    for (const [index] of route.entries()) {
      const prefix = held.prefix(index + 1);
      const isEntered = index + 1 < route.length || passesOn(node, route);
      const find = isEntered ? throughHop : atHop;
      const isFault = startFault !== undefined && index === faultAt;
      const finding = isFault ? { error: startFault } : await find(prober, prefix);
      findings.push(finding);
      if ("error" in finding) break;
    }
    return traceView(route, findings, context);
  } finally {
    await held.release();
  }
}

function faultOf(check: () => void): CulvertError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isCulvertError(error)) return error;
    throw error;
  }
}

/** Says whether the last hop surely passes on what it gets, so that a probe may go through it too. */
function passesOn(node: Node, route: Route): boolean {
  const last = route.at(-1) as Address;
  const isOwnConnection = route.length === 1 && node.connections().some(({ worker }) => worker === last);
  return isOwnConnection || isTransportHop(last) || last.startsWith(relayPrefix);
}

/** Sends a probe through the last hop of a prefix, to an address that nobody has there. */
async function throughHop(prober: RouteProber, prefix: Route): Promise<Finding> {
  const answer = await prober.ask((nobody) => [...prefix, nobody]);
  if (answer === undefined) return silent(prefix);
  if (isRefusedThere(answer)) return { status: "ok", rttMs: answer.rttMs };
  return { error: refusalOf(answer) ?? answersItself(prefix) };
}

/** Finds out whether the last hop of a route is there, without a message for it. */
async function atHop(prober: RouteProber, route: Route): Promise<Finding> {
  const distance = await distanceTo(prober, route);
  if (typeof distance !== "number") return distance;
  const answer = await prober.ask(() => route, distance);
  if (answer === undefined) return silent(route);
  const error = refusalOf(answer);
  const isThere = error === undefined || (error.code === "HOP_LIMIT_EXCEEDED" && error.hop === route.at(-1));
  return isThere ? { status: "present", rttMs: answer.rttMs } : { error };
}

/** Deliveries before the last hop of a route: those of its other hops, and of hops it does not name, such as those behind a relay. */
async function distanceTo(prober: RouteProber, route: Route): Promise<number | Finding> {
  const before = route.slice(0, -1);
  if (before.length === 0) return 0;
  for (let deliveries = before.length; deliveries <= maxHopCount; deliveries++) {
    const answer = await prober.ask((nobody) => [...before, nobody], deliveries);
    if (answer === undefined) return silent(route);
    if (isRefusedThere(answer)) return deliveries;
    const error = refusalOf(answer) ?? answersItself(before);
    if (error.code !== "HOP_LIMIT_EXCEEDED") return { error };
  }
  return { error: new CulvertError("HOP_LIMIT_EXCEEDED", "Cannot trace the route: it has too many hops") };
}

/** Whether a probe got as far as the address that nobody has. */
function isRefusedThere({ nobody, refusal }: ProbeAnswer): boolean {
  return refusal?.hop === nobody;
}

function refusalOf({ refusal }: ProbeAnswer): CulvertError | undefined {
  return refusal === undefined
    ? undefined
    : new CulvertError(refusal.code, refusal.reason, { hop: refusal.hop });
}

function silent(route: Route): Finding {
  const hop = route.at(-1) as Address;
  return { error: new CulvertError("TIMED_OUT", `Cannot reach "${hop}": no answer in time`, { hop }) };
}

function answersItself(route: Route): CulvertError {
  const hop = route.at(-1) as Address;
  const reason = `Cannot pass "${hop}": it answers messages itself and does not pass them on`;
  return new CulvertError("ROUTE_ENDED", reason, { hop });
}

function traceView(route: Route, findings: readonly Finding[], context: RuntimeContext): TraceView {
  const last = findings.at(-1);
  const error = last !== undefined && "error" in last ? last.error : undefined;
  const failure =
    error === undefined ? null : { code: error.code, message: error.message, hop: error.hop ?? "" };
  const hops = route.map((hop, index): TraceHop => {
    const finding = findings[index];
    if (finding === undefined) return { hop, status: "unknown", rtt_ms: null, error: null };
    if ("error" in finding) {
      return { hop, status: "failed", rtt_ms: null, error: showFailure(finding.error, context) };
    }
    return { hop, status: finding.status, rtt_ms: roundToMicroseconds(finding.rttMs), error: null };
  });
  return { hops, failure };
}

function roundToMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
