import type { CommandContext } from "../framework/context.js";
import { codeOf } from "../output/error-report.js";
import type { Resource } from "../registry/resource.js";
import { shownThings } from "../registry/sections.js";
import type { NodeView } from "../runtime/views.js";
import type { NodeProcess } from "../state/node-files.js";
import type { NodeRecord } from "../state/nodes.js";
import { version } from "../version.js";
import { type Check, findings } from "./check.js";
import { answerTimeoutMs } from "./limits.js";
import { httpFault, type Probe } from "./port-probe.js";

const nodeFindings = findings("nodes");
const portFindings = findings("ports");

/** What nodes are checked with. */
export interface CheckMeans {
  readonly kinds: readonly Resource[];
  readonly probe: Probe;
}

/** Checks each node, its ports included; all at once. */
export async function checkNodes(context: CommandContext, means: CheckMeans): Promise<readonly Check[]> {
  const records = await context.nodes.list();
  const checks = await Promise.all(records.map((record) => checkNode(context, record, means)));
  return checks.flat();
}

async function checkNode(
  context: CommandContext,
  record: NodeRecord,
  means: CheckMeans,
): Promise<readonly Check[]> {
  const { name, process: nodeProcess } = record;
  const { ok, problem } = nodeFindings;
  if (nodeProcess === undefined) return [ok(`node ${name}`, "it is stopped")];
  const begun = performance.now();
  try {
    const options = { timeoutMs: answerTimeoutMs, signal: context.signal };
    const view = await context.control(name).call("node.show", {}, options);
    const answer = ok(`node ${name}`, `it answers within ${Math.ceil(performance.now() - begun)} ms`);
    return [answer, ...(await checkView(view, nodeProcess, means))];
  } catch (error) {
    if (context.signal.aborted) throw error;
    const detail = `process ${nodeProcess.pid} runs and does not answer: ${codeOf(error)}`;
    const mend = `Look at \`culvert node logs ${name}\`; then \`culvert node stop ${name}\` and \`culvert node start ${name}\``;
    return [problem(`node ${name}`, detail, mend)];
  }
}

async function checkView(
  view: NodeView,
  nodeProcess: NodeProcess,
  { kinds, probe }: CheckMeans,
): Promise<readonly Check[]> {
  const { name } = view;
  const http = nodeProcess.httpServerAddress;
  const things = shownThings(view, kinds).map(
    ({ section, view: one }) => section.check?.(name, one, probe) ?? [],
  );
  return [
    ...checkVersion(name, nodeProcess.version),
    ...(await Promise.all(things)).flat(),
    ...(http === null ? [] : [await checkHttp(name, http)]),
  ];
}

function checkVersion(name: string, running: string): readonly Check[] {
  if (running === version) return [];
  const detail = `it runs version ${running}, and this command is version ${version}`;
  const mend = `Restart it: \`culvert node stop ${name}\`, then \`culvert node start ${name}\``;
  return [nodeFindings.warning(`node ${name}`, detail, mend)];
}

async function checkHttp(name: string, where: string): Promise<Check> {
  const subject = `node ${name}, HTTP server ${where}`;
  const fault = await httpFault(where);
  if (fault === undefined) return portFindings.ok(subject, "it answers");
  return portFindings.problem(subject, fault, `Look at \`culvert node logs ${name}\``);
}
