import type { CommandContext } from "../framework/context.js";
import { codeOf } from "../output/error-report.js";
import type { InletView, NodeView, RelayView, TransportView } from "../runtime/views.js";
import type { NodeProcess } from "../state/node-files.js";
import type { NodeRecord } from "../state/nodes.js";
import { isLoopback, parseHostPort } from "../syntax/host-port.js";
import { version } from "../version.js";
import { type Check, findings } from "./check.js";
import { answerTimeoutMs } from "./limits.js";
import { httpFault, tcpFault } from "./port-probe.js";

const nodeFindings = findings("nodes");
const portFindings = findings("ports");

/** Checks each node, its ports included; all at once. */
export async function checkNodes(context: CommandContext): Promise<readonly Check[]> {
  const checks = await Promise.all(context.nodes.list().map((record) => checkNode(context, record)));
  return checks.flat();
}

async function checkNode(context: CommandContext, record: NodeRecord): Promise<readonly Check[]> {
  const { name, process: nodeProcess } = record;
  const { ok, problem } = nodeFindings;
  if (nodeProcess === undefined) return [ok(`node ${name}`, "it is stopped")];
  const begun = performance.now();
  try {
    const options = { timeoutMs: answerTimeoutMs, signal: context.signal };
    const view = await context.control(name).call("node.show", {}, options);
    const answer = ok(`node ${name}`, `it answers within ${Math.ceil(performance.now() - begun)} ms`);
    return [answer, ...(await checkView(view, nodeProcess))];
  } catch (error) {
    if (context.signal.aborted) throw error;
    const detail = `process ${nodeProcess.pid} runs and does not answer: ${codeOf(error)}`;
    const mend = `Look at \`culvert node logs ${name}\`; then \`culvert node stop ${name}\` and \`culvert node start ${name}\``;
    return [problem(`node ${name}`, detail, mend)];
  }
}

async function checkView(view: NodeView, nodeProcess: NodeProcess): Promise<readonly Check[]> {
  const { name, transports, relays, inlets } = view;
  const listeners = transports.filter(({ mode }) => mode === "listening");
  const ports = await Promise.all(listeners.map((listener) => checkListener(name, listener)));
  const http = nodeProcess.httpServerAddress;
  return [
    ...checkVersion(name, nodeProcess.version),
    ...ports.flat(),
    ...(http === null ? [] : [await checkHttp(name, http)]),
    ...transports.flatMap((transport) => checkConnection(name, transport)),
    ...relays.map((relay) => checkRelay(name, relay)),
    ...inlets.map((inlet) => checkInlet(name, inlet)),
  ];
}

function checkVersion(name: string, running: string): readonly Check[] {
  if (running === version) return [];
  const detail = `it runs version ${running}, and this command is version ${version}`;
  const mend = `Restart it: \`culvert node stop ${name}\`, then \`culvert node start ${name}\``;
  return [nodeFindings.warning(`node ${name}`, detail, mend)];
}

async function checkListener(
  name: string,
  { type, socket_addr, status, last_failure }: TransportView,
): Promise<readonly Check[]> {
  const { ok, warning, problem } = portFindings;
  const subject = `node ${name}, ${type} listener ${socket_addr}`;
  if (status === "Down") {
    return [
      problem(
        subject,
        `it is down: ${last_failure ?? "no reason is known"}`,
        "Free the port; the node takes it as soon as it can",
      ),
    ];
  }
  // What listens for datagrams does not say so.
  const fault = type === "tcp" ? await tcpFault(socket_addr) : undefined;
  if (fault !== undefined) {
    return [
      problem(
        subject,
        `it cannot be reached from this machine: ${fault}`,
        "Check the firewall of this machine",
      ),
    ];
  }
  if (isLoopback(parseHostPort(socket_addr).host)) return [ok(subject, "it listens")];
  const mend = "Keep it only if others are to connect; else listen on 127.0.0.1";
  return [warning(subject, "whoever reaches this machine can connect to it", mend)];
}

async function checkHttp(name: string, where: string): Promise<Check> {
  const subject = `node ${name}, HTTP server ${where}`;
  const fault = await httpFault(where);
  if (fault === undefined) return portFindings.ok(subject, "it answers");
  return portFindings.problem(subject, fault, `Look at \`culvert node logs ${name}\``);
}

function checkConnection(
  name: string,
  { type, mode, status, socket_addr, worker_addr, last_failure }: TransportView,
): readonly Check[] {
  if (mode === "listening") return [];
  const subject = `node ${name}, ${type} connection ${worker_addr}`;
  const direction = mode === "outgoing" ? "to" : "from";
  if (status === "Up") return [nodeFindings.ok(subject, `up, ${direction} ${socket_addr}`)];
  const detail = `down, ${direction} ${socket_addr}: ${last_failure ?? "no reason is known"}`;
  const mend = `See that a node runs and listens at ${socket_addr}; the connection comes back by itself. If it is for good: \`culvert ${type}-connection delete ${worker_addr} --at ${name}\``;
  return [nodeFindings.problem(subject, detail, mend)];
}

function checkRelay(name: string, relay: RelayView): Check {
  const isHosted = relay.worker_address === `/service/${relay.remote_address}`;
  const subject = `node ${name}, relay ${relay.name}${isHosted ? " of another node" : ""}`;
  if (relay.connection_status === "Up") return nodeFindings.ok(subject, "up");
  if (isHosted) {
    const mend = "See that the node behind it runs and reaches this one; it registers again by itself";
    return nodeFindings.warning(subject, "the connection to the node behind it is down", mend);
  }
  const detail = `down, at ${relay.destination_address}: ${relay.last_failure ?? "no reason is known"}`;
  const mend = `See where it ends with \`culvert route trace ${relay.destination_address}/service/relay --from ${name}\`; it comes back by itself`;
  return nodeFindings.problem(subject, detail, mend);
}

function checkInlet(name: string, inlet: InletView): Check {
  const subject = `node ${name}, inlet ${inlet.alias}`;
  if (inlet.status === "Up")
    return nodeFindings.ok(subject, `${inlet.bind_addr} leads to ${inlet.outlet_addr}`);
  const detail = `${inlet.bind_addr} leads nowhere: ${inlet.last_failure ?? "no reason is known"}`;
  const [route = ""] = inlet.outlet_addr.split(", ");
  const mend = `See where it ends with \`culvert route trace ${route} --from ${name}\`; it comes back by itself`;
  return nodeFindings.problem(subject, detail, mend);
}
