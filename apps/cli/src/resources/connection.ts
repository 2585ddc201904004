import { type Address, isTransportHop, parseTransportHop, transportHop } from "@x/core";
import type { NodeConnection } from "@x/routing";
import { CliError } from "../cli-error.js";
import { findings } from "../doctor/check.js";
import { formatBytes } from "../output/bytes.js";
import { option } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { workerAddress } from "../registry/schemas.js";
import { failureFields, failureView } from "../runtime/routes/failure-view.js";
import { none } from "../runtime/routes/route-view.js";
import type { TransportManifest } from "../transports/manifest.js";
import { readPlaceOrName } from "../transports/place.js";
import { nodeOptionOf } from "./options/node-option.js";
import { examplePlace, placeOf, placeWord } from "./options/places.js";
import { healthFields, healthView } from "./views/health.js";
import { type ConnectionView, transportLine } from "./views/transport-view.js";

/** What making a connection takes. */
export interface ConnectionParams {
  /** Where to connect to: `127.0.0.1:7000`. */
  readonly to: string;
  /** The worker it had before. */
  readonly worker?: Address;
}

interface ConnectionEntry {
  readonly connection: NodeConnection;
}

/** Longest wait for a connection to open, in milliseconds. 20,000: longer than a transport tries. */
const connectTimeoutMs = 20_000;

/** The connections of a node over a transport: those a user made, which are kept, those routes hold, and those it accepted. */
export function connection(
  transport: TransportManifest,
): Resource<ConnectionParams, ConnectionEntry, ConnectionView> {
  const { name, title } = transport;
  const word = placeWord(transport);
  const isOwn = ({ remote }: NodeConnection): boolean =>
    isTransportHop(remote) && parseTransportHop(remote).transport === name;
  return {
    noun: `${name}-connection`,
    what: "connection",
    many: `${title} connections`,
    stage: "connect",
    transport: name,
    verbs: {
      create: {
        summary: `Connect a node over ${title}`,
        description:
          "The connection is kept: it is dialled again when it breaks, and its worker stays the same.",
        examples: [`${name}-connection create --from n1 --to ${examplePlace(transport)}`],
      },
      list: { summary: `List ${title} connections` },
      show: { summary: `Show a ${title} connection` },
      delete: { summary: `Close a ${title} connection for good` },
    },
    options: [
      nodeOptionOf("--from <node>", "The node that connects; the default node when left out"),
      option("to", placeOf(transport), {
        flags: `-t, --to <${word}>`,
        description: "Where to connect to",
        required: true,
      }),
    ],
    kept: { worker: workerAddress },
    name: {
      syntax: "[address]",
      example: examplePlace(transport),
      description: `The connection: /worker/<32 hex>, or the ${word} of its other end`,
    },
    columns: { title: "worker", fields: ["status", "mode", "to"] },
    named: "to",

    waiting: ({ to }, node) => `Connecting node ${node} to ${to}`,
    patienceMs: () => connectTimeoutMs,
    tell(terminal, { node, view }) {
      terminal.done(`Node ${node} is connected to ${view.to}: ${view.address}`);
      return view.address;
    },
    nameOf: (view) => view.address,
    readName: (text, addresses) => readPlaceOrName(transport, text, addresses),
    block: (view) => ({
      title: view.address,
      fields: {
        from: view.from,
        to: view.to,
        type: view.type,
        mode: view.mode,
        status: view.status,
        in: formatBytes(view.traffic.bytes_in),
        out: formatBytes(view.traffic.bytes_out),
        ...healthFields(view),
        ...failureFields(view),
      },
    }),
    section: {
      key: "transports",
      title: "Transports",
      owns: ({ type, mode }) => type === name && mode !== "listening",
      line: transportLine,
      // Those that others opened can be thousands.
      status: ({ mode, socket_addr, status, traffic }, mark) =>
        mode === "incoming"
          ? undefined
          : `${name} connection to ${socket_addr}  ${mark(status)}  in ${formatBytes(traffic.bytes_in)}, out ${formatBytes(traffic.bytes_out)}`,
      check(node, { mode, status, socket_addr, worker_addr, last_failure }) {
        const { ok, problem } = findings("nodes");
        const subject = `node ${node}, ${name} connection ${worker_addr}`;
        const end = `${mode === "outgoing" ? "to" : "from"} ${socket_addr}`;
        if (status === "Up") return [ok(subject, `up, ${end}`)];
        const detail = `down, ${end}: ${last_failure ?? "no reason is known"}`;
        const mend = `See that a node runs and listens at ${socket_addr}; the connection comes back by itself. If it is for good: \`culvert ${name}-connection delete ${worker_addr} --at ${node}\``;
        return [problem(subject, detail, mend)];
      },
    },

    stored: ({ to, worker = "" }) => ({
      type: name,
      mode: "outgoing",
      to,
      socket_addr: to,
      worker_addr: `/worker/${worker}`,
      status: "Down",
    }),
    async start({ node }, { to, ...kept }, { signal, isRestart = false }) {
      const connecting = {
        keep: true,
        wait: !isRestart,
        ...kept,
        ...(signal === undefined ? {} : { signal }),
      };
      return { connection: await node.connect(transportHop(name, to), connecting) };
    },
    spec: (entry) => ({ to: whereOf(entry), worker: entry.connection.worker }),
    all({ node }, made) {
      const own = new Map(made.map((entry) => [entry.connection.worker, entry]));
      const all = node.connections().filter(isOwn);
      return all.map((one) => own.get(one.worker) ?? { connection: one });
    },
    names: (entry) => [
      `/worker/${entry.connection.worker}`,
      entry.connection.worker,
      `/service/${entry.connection.worker}`,
      whereOf(entry),
    ],
    view({ nodeName }, entry) {
      const { worker, direction, state, lastFailure, traffic } = entry.connection;
      return {
        from: `/node/${nodeName}`,
        to: whereOf(entry),
        address: `/worker/${worker}`,
        type: name,
        mode: direction === "dialled" ? "outgoing" : "incoming",
        socket_addr: whereOf(entry),
        worker_addr: `/worker/${worker}`,
        processor_address: none,
        flow_control_id: none,
        status: state === "up" ? "Up" : "Down",
        traffic: { bytes_in: traffic.bytesIn, bytes_out: traffic.bytesOut },
        ...failureView(lastFailure),
        ...healthView(entry.connection),
      };
    },
    deleted: (entry) => ({ address: `/worker/${entry.connection.worker}` }),
    undeletable: ({ shared }, entry) => (shared.isHeld(entry.connection.worker) ? inUse(entry) : undefined),
    close: (entry) => entry.connection.close(),
  };
}

function whereOf({ connection: { remote } }: ConnectionEntry): string {
  return parseTransportHop(remote).where;
}

function inUse(entry: ConnectionEntry): CliError {
  const reason = `Cannot delete connection ${whereOf(entry)}: a relay or an inlet uses it`;
  return new CliError("RESOURCE_IN_USE", reason, {
    hint: "Delete the relays and inlets whose routes begin with it; the connection goes with the last of them",
  });
}
