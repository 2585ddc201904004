import type { PathEnd } from "../harness/faulty-tcp.js";
import { killProcess } from "../harness/processes.js";
import type { Chain } from "./chain.js";
import type { ChainNode, FaultWindow } from "./verdict.js";

/** A fault of a chain: how it comes and how it is taken back. */
export interface Fault extends Pick<FaultWindow, "kind" | "costs" | "kills"> {
  /** Nodes that log that they lost a connection, if it lasts. */
  readonly noticedBy: readonly ChainNode[];
  /** It takes no time: then what counts is the longest pause since it came. Default: it lasts. */
  readonly isMomentary?: boolean;
  begin(): Promise<unknown> | unknown;
  /** Takes it back. Gives when service can be back, as of `performance.now`, if that is not when this resolves. */
  mend(): Promise<number | undefined> | number | undefined;
}

/** A leg of a chain to its relay: that of the inlet's node, or that of the private node. */
export type Leg = 0 | 1;

const legNode = (leg: Leg): ChainNode => (leg === 0 ? "near" : "far");
const peersOf = (node: ChainNode): readonly ChainNode[] => (node === "relay" ? ["near", "far"] : ["relay"]);
const nothing = (): undefined => undefined;

/** A node is killed (SIGKILL) or told to end (SIGTERM), and started again. */
export function nodeEnds(chain: Chain, node: ChainNode, signal: "SIGKILL" | "SIGTERM"): Fault {
  return {
    kind: `${node} ${signal === "SIGKILL" ? "killed" : "ended"}`,
    costs: node === "relay" ? "path" : "streams",
    kills: signal === "SIGKILL" ? node : undefined,
    noticedBy: peersOf(node),
    begin: () => chain.end(node, signal),
    mend: () => chain.start(node),
  };
}

/** A node's process is stopped (SIGSTOP), as a laptop that sleeps, and goes on. */
export function nodeSleeps(chain: Chain, node: ChainNode): Fault {
  return {
    ...{ kind: `${node} stopped`, costs: "path", noticedBy: peersOf(node) },
    begin: () => killProcess(chain.pidOf(node), "SIGSTOP"),
    mend: () => void killProcess(chain.pidOf(node), "SIGCONT"),
  };
}

/** Legs are cut without FIN or RST. */
export function linesCut(chain: Chain, ...legs: readonly Leg[]): Fault {
  const noticedBy = [...new Set<ChainNode>(["relay", ...legs.map(legNode)])];
  return {
    ...{ kind: "silent cut", costs: "path", noticedBy },
    begin: () => legs.forEach((leg) => void chain.wires[leg].cut()),
    mend: () => legs.forEach((leg) => void chain.wires[leg].heal()) as undefined,
  };
}

/** What one end of a leg sends arrives no more; the other direction and new connections pass. */
export function lineStalls(chain: Chain, leg: Leg, end: PathEnd): Fault {
  const { stall, heal } = chain.wires[leg];
  return {
    ...{ kind: "stall", costs: "path", noticedBy: [] },
    begin: () => stall(end),
    mend: () => void heal(),
  };
}

/** A connection is reset for one end only. */
export function lineHalfOpen(chain: Chain, leg: Leg, end: PathEnd): Fault {
  const { halfOpen, heal } = chain.wires[leg];
  const common = { kind: "half-open", costs: "path", noticedBy: [] } as const;
  return { ...common, begin: () => halfOpen(end), mend: () => void heal() };
}

/** Connections of a leg are reset. */
export function lineReset(chain: Chain, leg: Leg): Fault {
  const common = {
    kind: "connection reset",
    costs: "path",
    noticedBy: [legNode(leg)],
    isMomentary: true,
  } as const;
  return { ...common, begin: () => chain.wires[leg].reset(), mend: nothing };
}

/** The target goes down, with its connections, and comes back. */
export function targetDown({ target }: Chain): Fault {
  const common = { kind: "target down", costs: "streams", noticedBy: [] } as const;
  return { ...common, begin: target.goDown, mend: () => target.comeBack().then(nothing) };
}

/** The clocks of all nodes jump an hour ahead, or back again. The nodes run with `clock-jump.cjs`. */
export function clocksJump(chain: Chain): Fault {
  return {
    ...{ kind: "clock jump", costs: "path", noticedBy: [], isMomentary: true },
    begin: () =>
      (["near", "relay", "far"] as const).forEach((name) => void killProcess(chain.pidOf(name), "SIGUSR2")),
    mend: nothing,
  };
}
