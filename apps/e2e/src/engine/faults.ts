import type { PathEnd } from "../harness/faulty-tcp.js";
import { killProcess } from "../harness/processes.js";
import { type Chain, chainNodes } from "./chain.js";
import type { ChainNode, FaultWindow } from "./verdict.js";

/** A fault of a chain: how it comes and how it is taken back. */
export interface Fault extends Pick<FaultWindow, "kind" | "costs" | "kills"> {
  /** Nodes that log that they lost a connection, if it lasts. Default: none. */
  readonly noticedBy?: readonly ChainNode[];
  /** It takes no time: then what counts is the longest pause since it came. Default: it lasts. */
  readonly isMomentary?: boolean;
  begin(): Promise<unknown> | unknown;
  /** Takes it back. Gives when service can be back, as of `performance.now`, if that is not when this resolves. */
  mend?(): Promise<unknown> | unknown;
}

/** A leg of a chain to its relay: that of the inlet's node, or that of the private node. */
export type Leg = 0 | 1;

const legNode = (leg: Leg): ChainNode => (leg === 0 ? "near" : "far");
const peersOf = (node: ChainNode): readonly ChainNode[] => (node === "relay" ? ["near", "far"] : ["relay"]);

/** A node is killed (SIGKILL) or told to end (SIGTERM), and started again. */
export const nodeEnds = (chain: Chain, node: ChainNode, signal: "SIGKILL" | "SIGTERM"): Fault => ({
  kind: `${node} ${signal === "SIGKILL" ? "killed" : "ended"}`,
  costs: node === "relay" ? "path" : "streams",
  kills: signal === "SIGKILL" ? node : undefined,
  noticedBy: peersOf(node),
  begin: () => chain.end(node, signal),
  mend: () => chain.start(node),
});

/** A node's process is stopped (SIGSTOP), as a laptop that sleeps, and goes on. */
export const nodeSleeps = (chain: Chain, node: ChainNode): Fault => ({
  ...{ kind: `${node} stopped`, costs: "path", noticedBy: peersOf(node) },
  begin: () => killProcess(chain.pidOf(node), "SIGSTOP"),
  mend: () => killProcess(chain.pidOf(node), "SIGCONT"),
});

/** Legs are cut without FIN or RST. */
export const linesCut = (chain: Chain, ...legs: readonly Leg[]): Fault => ({
  ...{ kind: "silent cut", costs: "path", noticedBy: ["relay", ...legs.map(legNode)] },
  begin: () => legs.forEach((leg) => void chain.wires[leg].cut()),
  mend: () => legs.forEach((leg) => void chain.wires[leg].heal()),
});

/** What one end of a leg sends arrives no more; the other direction and new connections pass. */
export const lineStalls = (chain: Chain, leg: Leg, end: PathEnd): Fault => ({
  ...{ kind: "stall", costs: "path" },
  begin: () => chain.wires[leg].stall(end),
  mend: chain.wires[leg].heal,
});

/** A connection is reset for one end only. */
export const lineHalfOpen = (chain: Chain, leg: Leg, end: PathEnd): Fault => ({
  ...{ kind: "half-open", costs: "path" },
  begin: () => chain.wires[leg].halfOpen(end),
  mend: chain.wires[leg].heal,
});

/** Connections of a leg are reset. */
export const lineReset = (chain: Chain, leg: Leg): Fault => ({
  ...{ kind: "connection reset", costs: "path", noticedBy: [legNode(leg)], isMomentary: true },
  begin: () => chain.wires[leg].reset(),
});

/** The target goes down, with its connections, and comes back. */
export const targetDown = ({ target }: Chain): Fault => ({
  ...{ kind: "target down", costs: "streams", begin: target.goDown, mend: target.comeBack },
});

/** The clocks of all nodes jump an hour ahead, or back again. The nodes run with `clock-jump.cjs`. */
export const clocksJump = (chain: Chain): Fault => ({
  ...{ kind: "clock jump", costs: "path", isMomentary: true },
  begin: () => chainNodes.forEach((name) => void killProcess(chain.pidOf(name), "SIGUSR2")),
});
