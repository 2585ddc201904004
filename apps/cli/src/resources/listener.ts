import { type Address, parseTransportHop, transportHop } from "@x/core";
import type { NodeListener } from "@x/routing";
import { type Check, findings } from "../doctor/check.js";
import type { Probe } from "../doctor/port-probe.js";
import { option } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { PersistentStart } from "../runtime/persistent-start.js";
import { failureFields, failureView } from "../runtime/routes/failure-view.js";
import { none } from "../runtime/routes/route-view.js";
import type { TransportManifest } from "../transports/manifest.js";
import { isOpen, localPath, readPlaceOrName, warnOfOpen } from "../transports/place.js";
import { nodeOption } from "./options/node-option.js";
import { examplePlace, placeOf, placeWord } from "./options/places.js";
import { type TransportView, transportLine } from "./views/transport-view.js";

/** What making a listener takes. */
export interface ListenerParams {
  /** Where to listen: `127.0.0.1:7000`. */
  readonly where: string;
}

interface ListenerEntry {
  readonly address: Address;
  readonly start: PersistentStart<NodeListener>;
}

/** The places where a node accepts connections of a transport. One whose port is not free again yet is down. */
export function listener(
  transport: TransportManifest,
): Resource<ListenerParams, ListenerEntry, TransportView> {
  const { name, title, address } = transport;
  const word = placeWord(transport);
  const options = [
    option("where", placeOf(transport, true), {
      flags: `<${word}>`,
      description: address === "value" ? "Where to listen" : "Where to listen; port 0 lets the system choose",
      required: true,
      key: "address",
    }),
    nodeOption,
  ];
  return {
    noun: `${name}-listener`,
    what: "listener",
    many: `${title} listeners`,
    stage: "listen",
    transport: name,
    verbs: {
      create: {
        summary: address === "value" ? `Listen for ${title} connections` : `Listen on a ${title} port`,
        examples: [`${name}-listener create ${examplePlace(transport)} --at n1`],
      },
      list: { summary: `List ${title} listeners` },
      show: { summary: `Show a ${title} listener` },
      delete: {
        summary: address === "value" ? `Stop listening there` : `Stop listening on a ${title} port`,
        description: "Connections that the listener accepted are closed.",
      },
    },
    options,
    name: { syntax: "[address]", example: examplePlace(transport), description: `Where it listens: ${word}` },
    columns: { title: "address", fields: ["status", "type"] },
    named: "address",
    unique: "address",

    tell(terminal, { node, view }) {
      const where = view.socket_addr;
      if (isOpen(transport, where)) warnOfOpen(terminal, where, `Node ${node}`);
      terminal.done(`Node ${node} listens on ${where} (${title})`);
      return localPath(transport, where);
    },
    nameOf: ({ socket_addr }) => socket_addr,
    readName: (text, addresses) => readPlaceOrName(transport, text, addresses),
    block: (view) => ({
      title: view.socket_addr,
      fields: { type: view.type, mode: view.mode, status: view.status, ...failureFields(view) },
    }),
    section: {
      key: "transports",
      title: "Transports",
      owns: ({ type, mode }) => type === name && mode === "listening",
      line: transportLine,
      check: (node, view, probe) => checkListener(node, view, { transport, probe }),
    },

    stored: ({ where }) => ({ type: name, mode: "listening", socket_addr: where, status: "Down" }),
    async start({ node, log }, { where }, { isRestart = false }) {
      const wanted = transportHop(name, where);
      const what = `listener ${wanted}`;
      const start = new PersistentStart({ start: () => node.listen(wanted), what, log });
      const listening = await start.begin(isRestart);
      return { address: listening?.address ?? wanted, start };
    },
    spec: (entry) => ({ where: whereOf(entry) }),
    names: (entry) => [whereOf(entry), whereOf(entry).replace(/^.*:(?=\d+$)/, "localhost:")],
    view: (_context, entry) => ({
      type: name,
      mode: "listening",
      socket_addr: whereOf(entry),
      worker_addr: none,
      processor_address: none,
      flow_control_id: none,
      status: entry.start.thing === undefined ? "Down" : "Up",
      ...failureView(entry.start.thing === undefined ? entry.start.lastFailure : undefined),
    }),
    deleted: (entry) => ({ address: whereOf(entry) }),
    close: ({ start }) => start.close(),
    stopAccepting({ start }) {
      start.giveUp();
      start.thing?.stopAccepting();
    },
  };
}

function whereOf({ address }: ListenerEntry): string {
  return parseTransportHop(address).where;
}

async function checkListener(
  node: string,
  { type, socket_addr, status, last_failure }: TransportView,
  { transport, probe }: { readonly transport: TransportManifest; readonly probe: Probe },
): Promise<readonly Check[]> {
  const { ok, warning, problem } = findings("ports");
  const subject = `node ${node}, ${type} listener ${socket_addr}`;
  if (status === "Down") {
    const detail = `it is down: ${last_failure ?? "no reason is known"}`;
    return [problem(subject, detail, "Free the port; the node takes it as soon as it can")];
  }
  // What listens for datagrams does not say so.
  const fault = transport.stream === true ? await probe.listener(transport.name, socket_addr) : undefined;
  if (fault !== undefined) {
    const detail = `it cannot be reached from this machine: ${fault}`;
    return [problem(subject, detail, "Check the firewall of this machine")];
  }
  if (!isOpen(transport, socket_addr)) return [ok(subject, "it listens")];
  const mend = "Keep it only if others are to connect; else listen on 127.0.0.1";
  return [warning(subject, "whoever reaches this machine can connect to it", mend)];
}
