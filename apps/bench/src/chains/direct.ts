import type { Chain } from "./chain.js";

/** No proxy at all: what client and server can do by themselves, so that nobody measures the load generator. */
export const directChain: Chain = {
  name: "direct",
  title: "no proxy",
  missing: () => undefined,
  start: async (targets) => ({ entries: targets, pids: [], close: async () => {} }),
};
