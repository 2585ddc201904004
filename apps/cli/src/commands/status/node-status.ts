import type { NodeTraffic } from "../../control/operation-types.js";
import type { CommandContext } from "../../framework/context.js";
import { type NodeJson, nodeJson } from "../../node-process/node-json.js";
import { codeOf } from "../../output/error-report.js";
import type { NodeRecord } from "../../state/nodes.js";

/** A node at a glance. */
export interface NodeStatus extends NodeJson {
  /** What passed it; null when it is stopped or does not answer. */
  readonly traffic: NodeTraffic | null;
  /** Why a running node does not answer; null when it does. */
  readonly failure: string | null;
}

/** Longest wait for one node, in milliseconds. 2,000: one that hangs must not hide the others for long. */
const answerTimeoutMs = 2000;

/** All nodes, asked at once. One that does not answer is shown as such. */
export async function readStatus(context: CommandContext): Promise<readonly NodeStatus[]> {
  return Promise.all((await context.nodes.list()).map((record) => readOne(context, record)));
}

async function readOne(context: CommandContext, record: NodeRecord): Promise<NodeStatus> {
  if (record.status === "stopped") return { ...nodeJson(record, undefined), traffic: null, failure: null };
  const control = context.control(record.name);
  const options = { timeoutMs: answerTimeoutMs, signal: context.signal };
  try {
    const [view, traffic] = await Promise.all([
      control.call("node.show", {}, options),
      control.call("node.traffic", {}, options),
    ]);
    return { ...nodeJson(record, view), traffic, failure: null };
  } catch (error) {
    return { ...nodeJson(record, undefined), traffic: null, failure: codeOf(error) };
  }
}
