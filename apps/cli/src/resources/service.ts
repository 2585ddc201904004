import type { Address, WorkerHandle } from "@x/core";
import { CliError } from "../cli-error.js";
import { choice, serviceAddress } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { parseServiceAddress } from "../syntax/names.js";
import { nodeOption } from "./options/node-option.js";

const options = [
  option("type", choice("hop"), { flags: "<type>", description: "What to start: hop", required: true }),
  option("address", serviceAddress, {
    flags: "--addr <address>",
    description: "Where the service receives",
    default: "hop",
  }),
  nodeOption,
] as const;

/** What starting a service takes. */
export type ServiceParams = ParamsOf<typeof options>;

/** What an operation tells of a service. */
export interface ServiceView {
  readonly addr: string;
  /** What it does: `hop`, `echo`, `uppercase`, `relay`. */
  readonly type: string;
}

interface ServiceEntry {
  readonly type: string;
  readonly address: Address;
  /** Absent for those that every node has. */
  readonly worker?: WorkerHandle;
}

/** Workers that the network can reach by a name: those every node has, and the hops a user started. */
export const service: Resource<ServiceParams, ServiceEntry, ServiceView> = {
  noun: "service",
  what: "service",
  many: "services",
  stage: "offer",
  verbs: {
    start: {
      summary: "Start a service: hop",
      description:
        "A hop service passes on every message it gets, in the name of its node. Start one only on a node whose peers you trust.",
      examples: ["service start hop --at n3", "service start hop --addr gate --at n3"],
    },
    list: { summary: "List services" },
    stop: { summary: "Stop a service", description: "Messages to it are refused from then on." },
  },
  options,
  keys: ["services"],
  name: {
    syntax: "[address]",
    example: "hop",
    description: "The service's address, such as hop or /service/hop",
  },
  columns: { title: "service" },
  named: "type",
  unique: "addr",

  tell(terminal, { node, view }) {
    terminal.warn(
      `A hop service lets whoever reaches node ${node} send messages on through it, to other nodes too`,
    );
    terminal.done(`Started hop service at /node/${node}/service/${view.addr}`);
    return `/service/${view.addr}`;
  },
  nameOf: ({ addr }) => addr,
  readName: parseServiceAddress,
  block: ({ addr, type }) => ({ title: `/service/${addr}`, fields: { type } }),
  section: {
    key: "services",
    title: "Services",
    line: ({ addr, type }) => (addr === type ? addr : `${addr} (${type})`),
  },

  stored: ({ type, address }) => ({ addr: address, type }),
  async start({ node, policies }, { type, address }) {
    const { startHop } = await import("@x/routing");
    const access = policies.rule({ type: "service", name: address });
    return { type, address, worker: startHop(node, { address, exposure: "network", access }) };
  },
  spec: ({ type, address }) => ({ type, address }),
  all: ({ services }, started) => [...services, ...started],
  names: ({ address }) => [address],
  view: (_context, { address, type }) => ({ addr: address, type }),
  undeletable: (_context, { address, worker }) =>
    worker === undefined ? everyNodeHasIt(address) : undefined,
  close: async ({ worker }) => worker?.close(),
};

function everyNodeHasIt(address: Address): CliError {
  return new CliError("RESOURCE_IN_USE", `Cannot stop service ${address}: every node has it`);
}
