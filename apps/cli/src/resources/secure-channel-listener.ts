import { CliError } from "../cli-error.js";
import { serviceAddress } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import type { ChannelListenerEntry } from "../runtime/trust/node-listener.js";
import { parseServiceAddress } from "../syntax/names.js";
import { nodeOption } from "./options/node-option.js";
import { peerOptions } from "./options/peer-options.js";

const options = [
  option("address", serviceAddress, {
    flags: "<address>",
    description: "Where it takes channels, such as api",
    required: true,
  }),
  nodeOption,
  ...peerOptions,
] as const;

/** What making a listener for channels takes. */
export type ChannelListenerParams = ParamsOf<typeof options>;

/** What an operation tells of a listener for channels. */
export interface ChannelListenerView {
  /** `/service/api` */
  readonly address: string;
  /** Who it is. */
  readonly identifier: string;
  /** The identities it accepts; empty when others are accepted too. */
  readonly authorized: readonly string[];
  /** Channels that are open. */
  readonly channels: number;
}

/** Addresses at which others can open secure channels to a node. Every node has one. */
export const secureChannelListener: Resource<
  ChannelListenerParams,
  ChannelListenerEntry,
  ChannelListenerView
> = {
  noun: "secure-channel-listener",
  what: "secure channel listener",
  many: "secure channel listeners",
  stage: "offer",
  verbs: {
    create: {
      summary: "Let others open secure channels to a node",
      description: "Every node has a listener, api. What comes out of a channel carries who sent it.",
      examples: [
        "secure-channel-listener create gate --at n1",
        "secure-channel-listener create gate --at n1 --identity i1",
      ],
    },
    list: { summary: "List secure channel listeners" },
    show: { summary: "Show a secure channel listener" },
    delete: {
      summary: "Delete a secure channel listener",
      description: "Its channels are closed at both ends.",
    },
  },
  options,
  name: {
    syntax: "[address]",
    example: "gate",
    description: "The listener's address, such as api or /service/api",
  },
  named: "address",
  unique: "address",

  tell(terminal, { node, view }) {
    terminal.done(`Node ${node} takes secure channels at ${view.address} as ${view.identifier}`);
    return view.address;
  },
  nameOf: ({ address }) => parseServiceAddress(address),
  readName: parseServiceAddress,
  block: ({ address, identifier, authorized, channels }) => ({
    title: address,
    fields: {
      identifier,
      authorized: authorized.length === 0 ? null : authorized.join(", "),
      channels: String(channels),
    },
  }),
  section: {
    key: "secure_channel_listeners",
    title: "Secure channel listeners",
    line: ({ address, channels }) => `${address}, ${channels} channels`,
  },

  reserve: ({ address }) => address,
  async start(context, params) {
    const { startNodeListener } = await import("../runtime/trust/node-listener.js");
    return startNodeListener(context, params);
  },
  spec: ({ spec }) => spec,
  all({ ownListener }, made) {
    const own = ownListener();
    return own === undefined ? made : [own, ...made];
  },
  names: ({ listener }) => [listener.address],
  view: (_context, { listener, identifier, spec }) => ({
    address: `/service/${listener.address}`,
    identifier,
    authorized: spec?.authorized ?? [],
    channels: listener.peers().length,
  }),
  deleted: ({ listener }) => ({ address: `/service/${listener.address}` }),
  undeletable: ({ ownListener }, entry) => (entry === ownListener() ? everyNodeHasIt(entry) : undefined),
  close: ({ listener }) => listener.close(),
};

function everyNodeHasIt({ listener }: ChannelListenerEntry): CliError {
  const reason = `Cannot delete secure channel listener ${listener.address}: every node has it`;
  return new CliError("RESOURCE_IN_USE", reason);
}
