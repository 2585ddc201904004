import { type Chain, noWire } from "./chain.js";

/** No proxy at all: what client and server can do by themselves, so that nobody measures the load generator. */
export const directChain: Chain = {
  name: "direct",
  title: "no proxy",
  missing: () => undefined,
  start: async (targets, wire = noWire) => ({
    entries: await Promise.all(targets.map(wire)),
    pids: [],
    close: async () => {},
  }),
};
