import { nameOf } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { nodeOption } from "./options/node-option.js";

const options = [
  option("blocked", nameOf("relay"), {
    flags: "<name>",
    description: "The name of a relay, or the identifier of whoever registers some",
    required: true,
    key: "name",
  }),
  nodeOption,
] as const;

/** What blocking takes. */
export type RelayBlockParams = ParamsOf<typeof options>;

/** What an operation tells of a block. */
export interface RelayBlockView {
  /** The name, or the identifier, that may not be registered. */
  readonly name: string;
}

/** Names and owners for whom a node hosts no relays. */
export const relayBlock: Resource<RelayBlockParams, RelayBlockParams, RelayBlockView> = {
  noun: "relay-block",
  what: "block",
  many: "relay blocks",
  stage: "offer",
  verbs: {
    create: {
      summary: "Host no relay of a name, or of an owner",
      description:
        "Relays that the node hosts and the block is about end at once. `culvert relay list --hosted` has the names, `relay show` the owners.",
      examples: ["relay-block create n3 --at n2"],
    },
    list: { summary: "List relay blocks" },
    show: { summary: "Show a relay block" },
    delete: { summary: "Host such relays again" },
  },
  options,
  name: { syntax: "[name]", example: "n3", description: "The name, or the identifier, that is blocked" },
  named: "name",
  unique: "name",

  tell(terminal, { node, view }) {
    terminal.done(`Node ${node} hosts no relay for ${view.name}`);
    return view.name;
  },
  nameOf: ({ name }) => name,
  block: ({ name }) => ({ title: name, fields: {} }),
  section: {
    key: "relay_blocks",
    title: "Relay blocks",
    line: ({ name }) => name,
  },

  reserve: ({ blocked }) => blocked,
  async start({ relayBlocks, relayService }, params) {
    const { blocked } = params;
    relayBlocks.add(blocked);
    const hosted = relayService.list().filter(({ name, owner }) => name === blocked || owner === blocked);
    for (const { name } of hosted) await relayService.withdraw(name);
    return params;
  },
  spec: (params) => params,
  names: ({ blocked }) => [blocked],
  view: (_context, { blocked }) => ({ name: blocked }),
  close: async ({ blocked }, { relayBlocks }) => void relayBlocks.delete(blocked),
};
