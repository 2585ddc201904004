import { type Address, CulvertError } from "@x/core";
import type { Outlet, OutletUpdate } from "@x/portal-tcp";
import { findings } from "../doctor/check.js";
import type { Block } from "../output/blocks.js";
import { choice, duration, place, serviceAddress } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { outletLimits } from "../runtime/portal-options.js";
import { type FailureView, failureFields, failureView } from "../runtime/routes/failure-view.js";
import type { RuntimeContext } from "../runtime/runtime-context.js";
import { parseHostPort } from "../syntax/host-port.js";
import { parseServiceAddress } from "../syntax/names.js";
import { nodeOption } from "./options/node-option.js";
import { policyText } from "./options/policy-text.js";
import { socketOptions } from "./options/socket-options.js";
import {
  type HealthView,
  healthFields,
  healthView,
  mendOfTarget,
  portalNote,
  type Status,
  type TrafficView,
  trafficFields,
  trafficView,
} from "./views/health.js";

const options = [
  option("to", place(), {
    flags: "--to <host:port>",
    description: "What the outlet connects to; a bare port means 127.0.0.1",
    required: true,
  }),
  option("address", serviceAddress, {
    flags: "--from <address>",
    description:
      "Where the outlet receives, such as /service/outlet; when left out `outlet`, or two random words if that is taken",
  }),
  option("connectTimeoutMs", duration, {
    flags: "--connect-timeout <duration>",
    description: "Longest wait for the target to accept a connection (default: 10s)",
  }),
  option("checkIntervalMs", duration, {
    flags: "--check-interval <duration>",
    description:
      "Connect to the target so often to see that it is there, also while nobody visits, such as 1s; never when left out, as it may take each for a visitor",
  }),
  option("proxyProtocol", choice("v1", "v2"), {
    flags: "--proxy-protocol <version>",
    description:
      "Tell the target about each visitor by a header of the PROXY protocol; it is told nothing when left out",
  }),
  option("allow", policyText, {
    flags: "--allow <expression>",
    description: `Who may use it, beside what policies say, such as '(= subject.role "web")'; whoever is let in by them when left out`,
  }),
  ...socketOptions,
  nodeOption,
] as const;

/** What making an outlet takes. */
export type OutletParams = ParamsOf<typeof options>;

/** How an outlet does. */
interface OutletHealth extends HealthView, FailureView {
  /** Down while its target takes no connections, as far as anybody tried. */
  readonly status: Status;
  /** What passed since it was started. */
  readonly traffic: TrafficView;
}

/** What an operation tells of an outlet. */
export interface OutletView extends OutletHealth {
  /** `127.0.0.1:9000` */
  readonly to: string;
  /** `/service/outlet` */
  readonly worker_addr: string;
}

/** What an operation tells of an outlet in lists. */
export interface OutletListing extends OutletHealth {
  readonly from: string;
  readonly to: string;
}

/** What an operation tells of one outlet. */
export interface OutletDetail extends OutletHealth {
  readonly node_name: string;
  readonly worker_address: string;
  readonly to: string;
}

type OutletSpec = OutletParams & { readonly address: Address };

interface OutletEntry {
  readonly spec: OutletSpec;
  readonly outlet: Outlet;
}

/** The address of an outlet nobody named. */
const defaultAddress = "outlet";

/** Diallers of a TCP server, for inlets. */
export const tcpOutlet: Resource<OutletParams, OutletEntry, OutletView, OutletListing, OutletDetail> = {
  noun: "tcp-outlet",
  what: "outlet",
  many: "TCP outlets",
  stage: "offer",
  verbs: {
    create: {
      summary: "Create an outlet",
      examples: [
        "tcp-outlet create --at n3 --from /service/outlet --to 127.0.0.1:9000",
        "tcp-outlet create --to 9000",
      ],
    },
    list: { summary: "List outlets" },
    show: { summary: "Show an outlet" },
    update: {
      summary: "Change an outlet, such as what it connects to",
      description:
        "Visitors who come from now on get what is given; what is not given stays, and streams that are open keep their target. Only --max-connections makes it anew.",
      examples: [
        "tcp-outlet update outlet --to 127.0.0.1:9001",
        "tcp-outlet update web --at n3 --allow component.web",
      ],
    },
    delete: { summary: "Delete an outlet", description: "Streams of the outlet are reset." },
  },
  options,
  name: {
    syntax: "[alias]",
    example: "outlet",
    description: "The outlet's address, such as outlet or /service/outlet",
  },
  deletesAll: true,
  columns: { title: "from", fields: ["status", "to", "visitors"] },
  named: "from",
  unique: "from",
  usual: defaultAddress,

  tell(terminal, { node, view }) {
    warnIfLinkLocal(terminal, parseHostPort(view.to).host);
    terminal.done(`Outlet ${view.worker_addr} of node ${node} connects to ${view.to}`);
    return view.worker_addr;
  },
  nameOf: (view) => parseServiceAddress("from" in view ? view.from : view.worker_addr),
  readName: parseServiceAddress,
  block: ({ from, ...view }) => ({ title: from, fields: fieldsOf(view) }),
  detailBlock: ({ node_name, worker_address, ...view }) => ({
    title: worker_address,
    fields: { node: node_name, ...fieldsOf(view) },
  }),
  section: {
    key: "outlets",
    title: "Outlets",
    line: ({ worker_addr, to, status }) => `${worker_addr} to ${to}, ${status}`,
    status: (view, mark) =>
      `outlet ${view.worker_addr} to ${view.to}  ${mark(view.status)}${portalNote(view, mendOfTarget)}`,
    check(node, { worker_addr, to, status, last_failure, last_failure_at }) {
      const { ok, problem } = findings("nodes");
      const subject = `node ${node}, outlet ${worker_addr}`;
      if (status === "Up") return [ok(subject, `it connects to ${to}`)];
      return [
        problem(
          subject,
          `${to} takes no visitors: ${last_failure}, the last time at ${last_failure_at}`,
          mendOfTarget,
        ),
      ];
    },
  },

  stored: ({ to, address = defaultAddress }) => ({
    to,
    worker_addr: `/service/${address}`,
    status: "Down",
  }),
  async complete({ node }, params, isTaken) {
    const { twoWords } = await import("../syntax/two-words.js");
    const isInUse = (address: Address): boolean => isTaken(address) || isWorker(node, address);
    const { address = defaultAddress } = params;
    if (!isInUse(address)) return { ...params, address };
    if (params.address !== undefined) throw addressTaken(address);
    return { ...params, address: twoWords("outlet", isInUse) };
  },
  reserve: ({ address }) => address,
  async start(context, { address = defaultAddress, ...given }) {
    const { startOutlet } = await import("@x/portal-tcp");
    if (isWorker(context.node, address)) throw addressTaken(address);
    const spec = { address, ...given };
    const outlet: Outlet = startOutlet(context.node, {
      ...outletLimits(context, address, () => outlet.target),
      ...outletOptionsOf(context, spec),
      address,
      ownerOf: context.policies.ownerOf,
    });
    return { spec, outlet };
  },
  changeable: options.map(({ as }) => as).filter((as) => as !== "maxStreams"),
  change(context, { outlet }, { address = defaultAddress, ...given }) {
    const { maxStreams: _, ...update } = outletOptionsOf(context, { address, ...given });
    outlet.update(update);
    return { spec: { address, ...given }, outlet };
  },
  spec: ({ spec }) => spec,
  names: ({ outlet }) => [outlet.address],
  view: (_context, { outlet }) => ({
    to: outlet.target,
    worker_addr: `/service/${outlet.address}`,
    ...healthOf(outlet),
  }),
  listed: (_context, { outlet }) => listing(outlet),
  detail: ({ nodeName }, { outlet }) => ({
    node_name: nodeName,
    worker_address: `/service/${outlet.address}`,
    to: outlet.target,
    ...healthOf(outlet),
  }),
  close: ({ outlet }) => outlet.close(),
  drain: ({ outlet }, graceMs) => outlet.drain(graceMs),
  streams: ({ outlet }) => outlet.streams,
  levels: (entries) => ({
    "outlet-streams": Math.max(0, ...entries.map(({ outlet }) => outlet.streams)),
    "outlet-connecting": Math.max(0, ...entries.map(({ outlet }) => outlet.connecting)),
  }),
};

function outletOptionsOf(
  { policies }: RuntimeContext,
  spec: OutletSpec,
): OutletUpdate & { maxStreams?: number } {
  const { to, address, allow, ...settings } = spec;
  return { target: to, access: policies.rule({ type: "tcp-outlet", name: address, allow }), ...settings };
}

function listing(outlet: Outlet): OutletListing {
  return { from: `/service/${outlet.address}`, to: outlet.target, ...healthOf(outlet) };
}

function healthOf(outlet: Outlet): OutletHealth {
  return {
    status: outlet.state === "up" ? "Up" : "Down",
    traffic: trafficView(outlet.traffic),
    ...failureView(outlet.lastFailure),
    ...healthView(outlet),
  };
}

function fieldsOf({ to, status, ...view }: OutletHealth & { readonly to: string }): Block["fields"] {
  return {
    status,
    to,
    ...trafficFields(view),
    ...healthFields(view),
    ...failureFields(view),
    try: status === "Up" ? null : mendOfTarget,
  };
}

function isWorker(node: RuntimeContext["node"], address: Address): boolean {
  return node.workers().some((worker) => worker.address === address);
}

function addressTaken(address: Address): CulvertError {
  return new CulvertError("ADDRESS_TAKEN", `Cannot start outlet at "${address}": the address is taken`, {
    hop: address,
  });
}

/** Link-local addresses hold what clouds tell their machines, passwords among it (RFC 3927; RFC 4291, section 2.5.6). */
function warnIfLinkLocal(terminal: { warn(text: string): void }, host: string): void {
  if (!/^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(host)) return;
  terminal.warn(`${host} is link-local: such addresses often serve secrets of the machine to whoever asks`);
}
