import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../harness/eventually.js";
import { isRunning, killProcess } from "../harness/processes.js";
import type { RelayedNode, RelayedPortal } from "../harness/relayed-portal.js";
import type { NodeView } from "../harness/workspace.js";
import type { PlannedFault } from "./fault-plan.js";
import { endLimitMs } from "./limits.js";
import type { CheckingTarget } from "./target.js";

/** What faults break. */
export interface Breakable {
  readonly portal: RelayedPortal;
  readonly target: CheckingTarget;
  /** The processes as they are now; a node that is started again has another one. */
  readonly pids: Record<RelayedNode, number>;
}

/** What is told while a fault takes its course. */
export interface FaultListener {
  /** A node was killed without a word. */
  onKilled(node: RelayedNode): void;
}

/** A fault as it is done: what it costs, how people call it, and its course, which ends when it is taken back. */
export interface FaultAction {
  readonly costs: "streams" | "path";
  readonly detail: string;
  run(listener: FaultListener): Promise<void>;
}

/** How a planned fault is done. */
export function faultAction(fault: PlannedFault, system: Breakable): FaultAction {
  const { kind, lastsMs, node, leg, end } = fault;
  const { target, portal } = system;
  const wire = portal.wires[leg];
  const where = leg === 0 ? "inlet's leg" : "private leg";
  const lasts = `${lastsMs} ms`;
  const path = (detail: string, run: FaultAction["run"]): FaultAction => ({ costs: "path", detail, run });
  const streams = (detail: string, run: FaultAction["run"]): FaultAction => ({
    costs: "streams",
    detail,
    run,
  });
  const broken = (detail: string, breakIt: () => void): FaultAction =>
    path(detail, async () => {
      breakIt();
      await sleep(lastsMs);
      wire.heal();
    });
  switch (kind) {
    case "relay killed":
      return path(lasts, (listener) => killAndStart(system, "relay", lastsMs, listener));
    case "relay ended":
      return path(lasts, () => endAndStart(system, "relay", lastsMs));
    case "inlet node killed":
      return streams(lasts, (listener) => killAndStart(system, "near", lastsMs, listener));
    case "private node killed":
      return streams(lasts, (listener) => killAndStart(system, "far", lastsMs, listener));
    case "connection reset":
      return path(where, async () => wire.reset());
    case "silent cut":
      return broken(`${where}, ${lasts}`, () => wire.cut());
    case "stall":
      return broken(`${where}, from its ${end}, ${lasts}`, () => wire.stall(end));
    case "half-open":
      return broken(`${where}, its ${end} knows, ${lasts}`, () => wire.halfOpen(end));
    case "node stopped":
      return path(`${node}, ${lasts}`, () => stopAndGoOn(system.pids[node], lastsMs));
    case "target down":
      return streams(lasts, async () => {
        await target.goDown();
        await sleep(lastsMs);
        await target.comeBack();
      });
  }
}

async function killAndStart(
  system: Breakable,
  node: RelayedNode,
  downMs: number,
  listener: FaultListener,
): Promise<void> {
  const pid = system.pids[node];
  listener.onKilled(node);
  killProcess(pid);
  await eventually(`${node} is gone`, () => !isRunning(pid));
  await sleep(downMs);
  await start(system, node);
}

async function endAndStart(system: Breakable, node: RelayedNode, downMs: number): Promise<void> {
  const pid = system.pids[node];
  killProcess(pid, "SIGTERM");
  await eventually(`${node} ends after SIGTERM`, () => !isRunning(pid), endLimitMs);
  await sleep(downMs);
  await start(system, node);
}

async function start({ portal, pids }: Breakable, node: RelayedNode): Promise<void> {
  await portal.workspace.ok(`node start ${node}`);
  pids[node] = (await portal.workspace.json<NodeView>(`node show ${node}`)).pid;
}

async function stopAndGoOn(pid: number, stoppedMs: number): Promise<void> {
  killProcess(pid, "SIGSTOP");
  try {
    await sleep(stoppedMs);
  } finally {
    killProcess(pid, "SIGCONT");
  }
}
