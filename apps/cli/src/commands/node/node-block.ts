import type { NodeJson } from "../../node-process/node-json.js";
import type { NodeRecord } from "../../state/nodes.js";
import { type Block, formatBlock } from "../shared/result-blocks.js";

/** A node as lists show it. */
export function nodeBlock({ name, isDefault, status, process }: NodeRecord): Block {
  return { title: nodeTitle(name, isDefault), fields: { Status: status, Process: process?.pid ?? null } };
}

/** A node with all it has, as people read it. */
export function formatNode(json: NodeJson): string {
  const fields = {
    Status: json.status,
    Process: json.pid,
    Route: json.route.verbose,
    "HTTP server": json.http_server_address === null ? null : `http://${json.http_server_address}`,
  };
  return [formatBlock({ title: nodeTitle(json.name, json.is_default), fields }), ...sections(json)].join(
    "\n",
  );
}

function nodeTitle(name: string, isDefault: boolean): string {
  return isDefault ? `Node ${name} (default)` : `Node ${name}`;
}

function sections({ transports, relays, inlets, outlets, services }: NodeJson): readonly string[] {
  return [
    ...section(
      "Transports",
      transports.map(({ type, mode, socket_addr, status }) => `${type} ${mode} ${socket_addr}, ${status}`),
    ),
    ...section(
      "Relays",
      relays.map(
        ({ name, destination_address, connection_status }) =>
          `${name} at ${destination_address}, ${connection_status}`,
      ),
    ),
    ...section(
      "Inlets",
      inlets.map(
        ({ alias, bind_addr, outlet_addr, status }) => `${alias}: ${bind_addr} to ${outlet_addr}, ${status}`,
      ),
    ),
    ...section(
      "Outlets",
      outlets.map(({ worker_addr, to }) => `${worker_addr} to ${to}`),
    ),
    ...section(
      "Services",
      services.map(({ addr, type }) => (addr === type ? addr : `${addr} (${type})`)),
    ),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}
